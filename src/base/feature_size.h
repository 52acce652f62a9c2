// SPDX-License-Identifier: Apache-2.0
// feature_size.h: the shape of precomputed features.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace stapes {

inline constexpr std::int64_t kMaxFeatureValues = 1 << 20;  // the limit of packed models

// The same for all clips of a data set. Values are stored as [height][width][channels].
struct FeatureSize {
  int height = 0, width = 0, channels = 0;
  bool operator==(const FeatureSize&) const = default;
  std::int64_t values() const { return std::int64_t{height} * width * channels; }
};

// "49 x 10 x 1"
inline std::string to_text(const FeatureSize& size) {
  return fmt::format("{} x {} x {}", size.height, size.width, size.channels);
}

}  // namespace stapes
