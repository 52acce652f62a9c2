// SPDX-License-Identifier: Apache-2.0
// image_size.h: the size of the images of a data set, and their pixels as samples.
#pragma once

#include <cstdint>

namespace stapes {

inline constexpr int kMaxImageSide = 1024;  // pixels

// The same for all images of a data set. A clip holds [height][width][channels] samples.
struct ImageSize {
  int height = 0, width = 0;  // pixels, 1 to kMaxImageSide
  int channels = 0;           // 1 (gray) or 3 (red, green, blue)
  bool operator==(const ImageSize&) const = default;
  int values() const { return height * width * channels; }
};

// Converts a pixel 0..255 to a sample, like 8-bit to 16-bit PCM: mid-gray is 0.
inline std::int16_t pixel_sample(std::uint8_t pixel) { return static_cast<std::int16_t>((pixel - 128) * 256); }

}  // namespace stapes
