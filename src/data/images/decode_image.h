// SPDX-License-Identifier: Apache-2.0
// decode_image.h: decodes untrusted image files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace stapes {

struct RgbImage {
  int width = 0, height = 0;         // pixels
  std::vector<std::uint8_t> pixels;  // [height][width][3]: red, green, blue in sRGB
};

// Larger images are refused before memory is allocated.
inline constexpr std::uint64_t kMaxImagePixels = std::uint64_t{1} << 26;

// Decodes PNG (not animated) and JPEG (gray or color) to 8-bit RGB. Blends transparency on white; ignores orientation
// tags. Throws Error naming `name` and the problem; also for damaged files that are partly readable.
RgbImage decode_image(std::span<const std::byte> file, const std::string& name);

}  // namespace stapes
