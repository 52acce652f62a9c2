// SPDX-License-Identifier: Apache-2.0
// decode_image.h: one image file -> pixels. Files are hostile: none is believed before it is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace stapes {

struct RgbImage {
  int width = 0, height = 0;         // pixels
  std::vector<std::uint8_t> pixels;  // [height][width][3]: red, green, blue, as sRGB has them
};

// A file may be small and claim to be huge: larger ones are refused before memory is taken for them.
inline constexpr std::uint64_t kMaxImagePixels = std::uint64_t{1} << 26;

// PNG of any kind but animated ones, JPEG in grey or colour, told apart by their first bytes. Grey, palettes and 16
// bits become RGB of 8 bits; transparent pixels are laid on white; an orientation in the file is not followed. What is
// cut short or damaged is refused even where a part could be shown. Throws Error naming `name` and what is wrong:
// another format, an animation, CMYK, too many pixels, damage.
RgbImage decode_image(std::span<const std::byte> file, const std::string& name);

}  // namespace stapes
