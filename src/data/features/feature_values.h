// SPDX-License-Identifier: Apache-2.0
// feature_values.h: conversions between layouts of feature values.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/feature_size.h"

namespace stapes {

// Each float32 as two int16 samples, as stored in a data-set file.
inline std::vector<std::int16_t> halves_of(std::span<const float> values) {
  std::vector<std::int16_t> halves(values.size() * sizeof(float) / sizeof(std::int16_t));
  std::memcpy(halves.data(), values.data(), values.size_bytes());
  return halves;
}

// From [height][width][channels] to [channels][height][width].
inline void to_planes(std::span<const float> values, const FeatureSize& size, std::span<float> planes) {
  const auto channels = static_cast<std::size_t>(size.channels), area = values.size() / channels;
  for (std::size_t i = 0; i < values.size(); ++i) planes[i % channels * area + i / channels] = values[i];
}

// From [channels][height][width] to [height][width][channels].
inline void from_planes(std::span<const float> planes, const FeatureSize& size, std::span<float> values) {
  const auto channels = static_cast<std::size_t>(size.channels), area = planes.size() / channels;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = planes[i % channels * area + i / channels];
}

}  // namespace stapes
