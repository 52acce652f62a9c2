// SPDX-License-Identifier: Apache-2.0
// gated_model.h: a model with a level gate that opens only for some windows of a sound.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "support/tiny_models.h"

namespace stapes::test {

// The mean square of each window in units of 2^-32, rounded down. Window k starts at sample k * hop.
inline std::vector<std::uint32_t> window_powers(const std::vector<std::int16_t>& pcm, int hop_samples) {
  std::vector<std::uint32_t> powers;
  for (std::size_t at = 0; at + kTinySamples <= pcm.size(); at += static_cast<std::size_t>(hop_samples)) {
    std::uint64_t energy = 0;
    for (std::size_t i = 0; i < kTinySamples; ++i) {
      energy += static_cast<std::uint64_t>(std::int64_t{pcm[at + i]} * pcm[at + i]);
    }
    powers.push_back(static_cast<std::uint32_t>(energy * 4 / kTinySamples));
  }
  return powers;
}

// `model` with a gate at the median level of the windows of `pcm`.
inline fb::ModelT gated(fb::ModelT model, const std::vector<std::int16_t>& pcm, int hop_samples) {
  std::vector<std::uint32_t> powers = window_powers(pcm, hop_samples);
  std::sort(powers.begin(), powers.end());
  if (model.detector == nullptr) model.detector = tiny_detector().detector;
  model.detector->gate_power = powers[powers.size() / 2];
  return model;
}

}  // namespace stapes::test
