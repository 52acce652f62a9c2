// SPDX-License-Identifier: Apache-2.0
// sparse_rows.h: encodes weights without zeros as defined in model.fbs.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "packed/model_generated.h"

namespace stapes::test {

inline std::unique_ptr<packed::fb::SparseWeightsT> sparse_rows(const std::vector<std::int8_t>& weights,
                                                               std::size_t row_length) {
  auto sparse = std::make_unique<packed::fb::SparseWeightsT>();
  for (std::size_t row = 0; row < weights.size(); row += row_length) {
    std::size_t next = row;  // the first weight that no pair covers yet
    std::uint16_t pairs = 0;
    const auto add = [&](std::size_t gap, std::int8_t value) {
      sparse->gaps.push_back(static_cast<std::uint8_t>(gap));
      sparse->values.push_back(value);
      next += gap + 1;
      ++pairs;
    };
    for (std::size_t i = row; i < row + row_length; ++i) {
      if (weights[i] == 0) continue;
      while (i - next > 255) add(255, 0);
      add(i - next, weights[i]);
    }
    sparse->entries.push_back(pairs);
  }
  return sparse;
}

}  // namespace stapes::test
