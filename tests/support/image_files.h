// SPDX-License-Identifier: Apache-2.0
// image_files.h: made-up PNG and JPEG files, written with libpng and libjpeg-turbo.
#pragma once

#include <png.h>
#include <turbojpeg.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/files.h"

namespace stapes::test {

using Bytes = std::vector<std::byte>;

// [height][width][3]: ramps along x, along y and along the diagonal. The last one wraps around.
inline std::vector<std::uint8_t> gradient(int width, int height) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      pixels.push_back(static_cast<std::uint8_t>(x * 255 / std::max(1, width - 1)));
      pixels.push_back(static_cast<std::uint8_t>(y * 255 / std::max(1, height - 1)));
      pixels.push_back(static_cast<std::uint8_t>((x + y) * 5 % 256));
    }
  }
  return pixels;
}

struct PngKind {
  int color = PNG_COLOR_TYPE_RGB;
  int bit_depth = 8;
  int interlace = PNG_INTERLACE_NONE;
  std::vector<png_color> palette = {};
};

// `rows`: the uncompressed image row by row; 16-bit samples are big-endian.
inline Bytes png_bytes(int width, int height, const std::vector<std::uint8_t>& rows, const PngKind& kind = {}) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  Bytes file;
  const auto append = [](png_structp to, png_bytep data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    static_cast<Bytes*>(png_get_io_ptr(to))
        ->insert(static_cast<Bytes*>(png_get_io_ptr(to))->end(), bytes.begin(), bytes.end());
  };
  png_set_write_fn(png, &file, append, [](png_structp) {});
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), kind.bit_depth, kind.color,
               kind.interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!kind.palette.empty()) png_set_PLTE(png, info, kind.palette.data(), static_cast<int>(kind.palette.size()));
  std::vector<std::uint8_t> copy = rows;
  const std::size_t row_bytes = copy.size() / static_cast<std::size_t>(height);
  std::vector<png_bytep> starts;
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) starts.push_back(copy.data() + y * row_bytes);
  png_set_rows(png, info, starts.data());
  png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

// `format` of `pixels`: TJPF_RGB, TJPF_GRAY or TJPF_CMYK. `flags`: 0 or TJFLAG_PROGRESSIVE.
inline Bytes jpeg_bytes(int width, int height, const std::vector<std::uint8_t>& pixels, int format = TJPF_RGB,
                        int subsampling = TJSAMP_420, int flags = 0) {
  tjhandle jpeg = tjInitCompress();
  unsigned char* data = nullptr;
  unsigned long size = 0;
  const int status =
      tjCompress2(jpeg, pixels.data(), width, 0, height, format, &data, &size, subsampling, /*quality=*/95, flags);
  const auto bytes = std::as_bytes(std::span(data, size));
  Bytes file(bytes.begin(), bytes.end());
  tjFree(data);
  tjDestroy(jpeg);
  if (status != 0) throw std::runtime_error("cannot write a JPEG");
  return file;
}

inline Bytes gradient_png(int width, int height) { return png_bytes(width, height, gradient(width, height)); }
inline Bytes gradient_jpeg(int width, int height) { return jpeg_bytes(width, height, gradient(width, height)); }

inline void write_image(const std::filesystem::path& path, const Bytes& file) {
  std::filesystem::create_directories(path.parent_path());
  write_file(path, file, Existing::kReplace);
}

// The header claims another size, with a valid checksum.
inline Bytes png_that_claims(std::uint32_t width, std::uint32_t height) {
  Bytes file = gradient_png(1, 1);
  for (std::size_t i = 0; i < 4; ++i) {
    file[16 + i] = static_cast<std::byte>(width >> (24 - 8 * i));
    file[20 + i] = static_cast<std::byte>(height >> (24 - 8 * i));
  }
  std::uint32_t crc = 0xFFFFFFFF;  // over type and content of the header chunk (PNG specification, annex D)
  for (std::size_t i = 12; i < 29; ++i) {
    crc ^= std::to_integer<std::uint32_t>(file[i]);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  for (std::size_t i = 0; i < 4; ++i) file[29 + i] = static_cast<std::byte>(~crc >> (24 - 8 * i));
  return file;
}

inline Bytes jpeg_that_claims(std::uint16_t width, std::uint16_t height) {
  Bytes file = gradient_jpeg(8, 8);
  for (std::size_t at = 2; at + 9 < file.size(); ++at) {  // frame header: FF C0, length, precision, height, width
    if (file[at] != std::byte{0xFF} || file[at + 1] != std::byte{0xC0}) continue;
    file[at + 5] = static_cast<std::byte>(height >> 8), file[at + 6] = static_cast<std::byte>(height & 255);
    file[at + 7] = static_cast<std::byte>(width >> 8), file[at + 8] = static_cast<std::byte>(width & 255);
    return file;
  }
  throw std::runtime_error("a JPEG without a frame header");
}

inline Bytes animated_png() {
  Bytes file = gradient_png(4, 4);
  const Bytes chunk = {std::byte{0},   std::byte{0},    std::byte{0},    std::byte{8},    std::byte{'a'},
                       std::byte{'c'}, std::byte{'T'},  std::byte{'L'},  std::byte{0},    std::byte{0},
                       std::byte{0},   std::byte{1},    std::byte{0},    std::byte{0},    std::byte{0},
                       std::byte{0},   std::byte{0xB9}, std::byte{0x3D}, std::byte{0xD9}, std::byte{0xDA}};
  file.insert(file.begin() + 33, chunk.begin(), chunk.end());
  return file;
}

struct BadImage {
  std::string name, why;  // `why`: part of the expected message
};

// One file of every unreadable kind, sorted by name.
inline std::vector<BadImage> write_unreadable_images(const std::filesystem::path& dir) {
  const Bytes png = gradient_png(9, 7), jpeg = gradient_jpeg(9, 7);
  const auto half = [](const Bytes& whole) {
    return Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2));
  };
  const auto text = [](std::string_view words) {
    const auto bytes = std::as_bytes(std::span(words));
    return Bytes(bytes.begin(), bytes.end());
  };
  write_image(dir / "bad-a-empty.png", {});
  write_image(dir / "bad-b-text.jpg", text("this is not an image"));
  write_image(dir / "bad-c-cut.png", half(png));
  write_image(dir / "bad-d-cut.jpg", half(jpeg));
  write_image(dir / "bad-e-animated.png", animated_png());
  write_image(dir / "bad-f-cmyk.jpg", jpeg_bytes(4, 4, std::vector<std::uint8_t>(64, 99), TJPF_CMYK, TJSAMP_444));
  write_image(dir / "bad-g-picture.gif", text("GIF89a\x01"));
  write_image(dir / "bad-h-huge.png", png_that_claims(8192, 8193));
  write_image(dir / "bad-i-huge.jpg", jpeg_that_claims(65500, 65500));
  Bytes flipped = png;
  flipped[45] ^= std::byte{1};
  write_image(dir / "bad-j-flipped.png", flipped);
  return {{"bad-a-empty.png", "is empty"},
          {"bad-b-text.jpg", "expected PNG or JPEG"},
          {"bad-c-cut.png", "is cut short"},
          {"bad-d-cut.jpg", "libjpeg-turbo says: "},
          {"bad-e-animated.png", "animated PNG"},
          {"bad-f-cmyk.jpg", "CMYK"},
          {"bad-g-picture.gif", "is a GIF"},
          {"bad-h-huge.png", "has 8192 x 8193 pixels; expected 1 to 67108864 in all"},
          {"bad-i-huge.jpg", "has 65500 x 65500 pixels"},
          {"bad-j-flipped.png", "libpng says: "}};
}

}  // namespace stapes::test
