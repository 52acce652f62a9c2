// SPDX-License-Identifier: Apache-2.0
// decode_image.h: decodes an image file to pixels. Files are untrusted.
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

// Larger images are refused before memory is allocated, since a small file may claim to be huge.
inline constexpr std::uint64_t kMaxImagePixels = std::uint64_t{1} << 26;

// Decodes PNG (not animated) and JPEG (gray or color), identified by their first bytes. Gray, palette and 16-bit
// images become 8-bit RGB; transparency is blended on white; orientation tags are ignored. Truncated or damaged files
// are refused even if partly readable. Throws Error naming `name` and the problem.
RgbImage decode_image(std::span<const std::byte> file, const std::string& name);

}  // namespace stapes
