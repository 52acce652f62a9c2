// SPDX-License-Identifier: Apache-2.0
#include "audio/whole_file.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace stapes {
namespace {

constexpr std::uint32_t kUnknownLength = 0x7FFFF000;

bool has_tag(std::span<const std::byte> file, std::size_t at, std::string_view tag) {
  return at <= file.size() && file.size() - at >= tag.size() &&
         std::memcmp(file.data() + at, tag.data(), tag.size()) == 0;
}

std::uint32_t u32_at(std::span<const std::byte> file, std::size_t at) {
  std::uint32_t value;
  std::memcpy(&value, file.data() + at, sizeof value);  // little-endian, like every machine this is built for
  return value;
}

// RIFF: 12 bytes, then chunks of (4-letter name, u32 length, data, padded to even).
bool wav_is_cut_short(std::span<const std::byte> file) {
  std::size_t at = 12;
  while (file.size() - at >= 8) {
    const std::uint32_t length = u32_at(file, at + 4);
    const std::size_t left = file.size() - at - 8;
    if (has_tag(file, at, "data")) return length > left && length < kUnknownLength;
    if (length >= left) break;
    at += 8 + length + (length & 1);
    if (at > file.size()) break;
  }
  return true;  // the header ends before any data
}

// Ogg: the last page has flag 4 ("end of stream") and as many bytes as its segment table says.
bool ogg_is_cut_short(std::span<const std::byte> file) {
  constexpr std::size_t kPageHeaderBytes = 27, kLargestPageBytes = 27 + 255 + 255 * 255;
  const std::size_t lowest = file.size() - std::min(file.size(), kLargestPageBytes + 4096);  // tags may follow
  for (std::size_t at = file.size(); at-- > lowest;) {
    if (!has_tag(file, at, "OggS") || file.size() - at < kPageHeaderBytes) continue;
    const std::size_t segments = std::to_integer<std::size_t>(file[at + 26]);
    if (file.size() - at < kPageHeaderBytes + segments) return true;
    std::size_t bytes = kPageHeaderBytes + segments;
    for (std::size_t s = 0; s < segments; ++s) bytes += std::to_integer<std::size_t>(file[at + kPageHeaderBytes + s]);
    const bool last = (file[at + 5] & std::byte{4}) != std::byte{0};
    return !last || file.size() - at < bytes;
  }
  return true;
}

}  // namespace

bool is_cut_short(std::span<const std::byte> file) {
  if (has_tag(file, 0, "OggS")) return ogg_is_cut_short(file);
  if (has_tag(file, 0, "RIFF") && has_tag(file, 8, "WAVE")) return wav_is_cut_short(file);
  return false;
}

}  // namespace stapes
