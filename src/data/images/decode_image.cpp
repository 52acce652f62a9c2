// SPDX-License-Identifier: Apache-2.0
#include "data/images/decode_image.h"

#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/error.h"

namespace stapes {
namespace {

constexpr std::string_view kPngMagic("\x89PNG\r\n\x1a\n", 8), kJpegMagic("\xff\xd8\xff", 3), kGifMagic("GIF8", 4);

bool begins_with(std::span<const std::byte> file, std::string_view magic) {
  return file.size() >= magic.size() && std::memcmp(file.data(), magic.data(), magic.size()) == 0;
}

RgbImage sized_image(std::uint64_t width, std::uint64_t height, const std::string& name) {
  if (width == 0 || height == 0 || height > kMaxImagePixels / width) {
    throw Error("{} has {} x {} pixels; expected 1 to {} in all", name, width, height, kMaxImagePixels);
  }
  return {.width = static_cast<int>(width),
          .height = static_cast<int>(height),
          .pixels = std::vector<std::uint8_t>(width * height * 3)};
}

// A chunk is length, type, content, checksum. libpng would accept animations and miss a truncated end.
void check_png_chunks(std::span<const std::byte> file, const std::string& name) {
  constexpr std::size_t kFrameBytes = 12;  // length, type and checksum
  for (std::size_t at = kPngMagic.size(); file.size() - at >= kFrameBytes;) {
    std::uint64_t content_bytes = 0;
    for (std::size_t i = 0; i < 4; ++i) content_bytes = content_bytes << 8 | std::to_integer<unsigned>(file[at + i]);
    const std::string_view type(reinterpret_cast<const char*>(file.data()) + at + 4, 4);
    if (content_bytes > file.size() - at - kFrameBytes) break;
    if (type == "acTL") throw Error("{} is an animated PNG; expected one picture", name);
    if (type == "IEND") return;
    at += kFrameBytes + content_bytes;
  }
  throw Error("{} is cut short: the PNG has no IEND chunk", name);
}

struct PngReader {
  png_image image{};
  PngReader() { image.version = PNG_IMAGE_VERSION; }
  ~PngReader() { png_image_free(&image); }
};

RgbImage decode_png(std::span<const std::byte> file, const std::string& name) {
  check_png_chunks(file, name);
  PngReader reader;
  png_image& image = reader.image;
  const auto refuse = [&] { throw Error("cannot decode {}: libpng says: {}", name, image.message); };
  if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) refuse();
  RgbImage decoded = sized_image(image.width, image.height, name);
  image.format = PNG_FORMAT_RGB;
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // otherwise 16 bits without gamma are taken as linear light
  const png_color white{255, 255, 255};
  if (png_image_finish_read(&image, &white, decoded.pixels.data(), /*row_stride=*/0, /*colormap=*/nullptr) == 0) {
    refuse();
  }
  return decoded;
}

struct JpegReader {
  tjhandle handle = tjInitDecompress();
  ~JpegReader() { tjDestroy(handle); }
};

RgbImage decode_jpeg(std::span<const std::byte> file, const std::string& name) {
  JpegReader reader;
  if (reader.handle == nullptr) throw Error("cannot decode {}: libjpeg-turbo cannot be initialized", name);
  const auto refuse = [&] {
    throw Error("cannot decode {}: libjpeg-turbo says: {}", name, tjGetErrorStr2(reader.handle));
  };
  const auto* bytes = reinterpret_cast<const unsigned char*>(file.data());
  int width = 0, height = 0, subsampling = 0, colors = 0;
  if (tjDecompressHeader3(reader.handle, bytes, file.size(), &width, &height, &subsampling, &colors) != 0) refuse();
  if (colors == TJCS_CMYK || colors == TJCS_YCCK) throw Error("{} is a CMYK JPEG; expected RGB or gray", name);
  RgbImage decoded = sized_image(static_cast<std::uint64_t>(std::max(width, 0)),
                                 static_cast<std::uint64_t>(std::max(height, 0)), name);
  // Treats warnings as damage: the rest of the image would be gray. Limits scans: a small file can contain a million.
  constexpr int kFlags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
  if (tjDecompress2(reader.handle, bytes, file.size(), decoded.pixels.data(), width, /*pitch=*/0, height, TJPF_RGB,
                    kFlags) != 0) {
    refuse();
  }
  return decoded;
}

}  // namespace

RgbImage decode_image(std::span<const std::byte> file, const std::string& name) {
  if (file.empty()) throw Error("{} is empty: expected a PNG or JPEG image", name);
  if (begins_with(file, kPngMagic)) return decode_png(file, name);
  if (begins_with(file, kJpegMagic)) return decode_jpeg(file, name);
  if (begins_with(file, kGifMagic)) throw Error("{} is a GIF; expected a PNG or JPEG image", name);
  throw Error("{} is not a readable image; expected PNG or JPEG", name);
}

}  // namespace stapes
