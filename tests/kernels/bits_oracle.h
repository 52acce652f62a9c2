// SPDX-License-Identifier: Apache-2.0
// bits_oracle.h: signs as plain +1 and -1, and packed bit by bit.
#pragma once

#include <cstdint>
#include <vector>

#include "base/philox.h"

namespace stapes::test {

inline std::vector<std::int8_t> random_signs(Philox& rng, std::size_t count) {
  std::vector<std::int8_t> signs(count);
  for (auto& s : signs) s = rng.below(2) == 1 ? 1 : -1;
  return signs;
}

// Rows of `length` signs, each in whole words, lowest bit first. +1 is a 1; zeros fill the last word.
inline std::vector<std::uint32_t> pack_rows(const std::vector<std::int8_t>& signs, int length) {
  const std::size_t row = static_cast<std::size_t>(length), words = (row + 31) / 32;
  std::vector<std::uint32_t> packed(signs.size() / row * words, 0);
  for (std::size_t i = 0; i < signs.size(); ++i) {
    if (signs[i] == 1) packed[i / row * words + i % row / 32] |= 1u << (i % row % 32);
  }
  return packed;
}

// Applies a threshold to a sum, as defined in model.fbs.
inline std::int8_t decide(double sum, std::int32_t threshold, bool falling) {
  return (sum >= threshold) != falling ? 1 : -1;
}

}  // namespace stapes::test
