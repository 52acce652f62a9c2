// SPDX-License-Identifier: Apache-2.0
#include "audio/stream_end.h"

#include <algorithm>
#include <array>
#include <vector>

#include "audio/mpeg_frames.h"

namespace stapes {
namespace {

// RFC 3533 section 6.
std::optional<std::string_view> ogg_cut_short(const ByteSource& file) {
  constexpr std::uint64_t kHeaderBytes = 27, kLargestPageBytes = 27 + 255 + 255 * 255, kTagBytes = 4096;
  const std::uint64_t size = file.size(), lowest = size - std::min(size, kLargestPageBytes + kTagBytes);
  for (std::uint64_t at = size; at-- > lowest;) {
    if (file.at(at) != 'O' || !file.has(at, "OggS") || size - at < kHeaderBytes) continue;
    const std::uint64_t segments = file.at(at + 26);
    std::uint64_t bytes = kHeaderBytes + segments;
    for (std::uint64_t s = 0; s < segments; ++s) bytes += file.at(at + kHeaderBytes + s);
    if (size - at < bytes) return "its last Ogg page is not whole";
    if ((file.at(at + 5) & 4) != 0) return std::nullopt;  // end of stream
    if (segments > 0 && file.at(at + kHeaderBytes + segments - 1) == 255) return "its last Ogg packet is not whole";
    if (file.number(at + 6, 8, ByteOrder::kLittle) == 0) return "it ends before any sound";
    return std::nullopt;
  }
  return "its last Ogg page is not whole";
}

// CRC-16 of RFC 9639 section 9.3, polynomial 0x8005, over a whole frame with its checksum: 0.
std::uint16_t crc16(std::span<const std::byte> bytes) {
  static const auto table = [] {
    std::array<std::uint16_t, 256> made{};
    for (unsigned i = 0; i < 256; ++i) {
      unsigned crc = i << 8;
      for (int bit = 0; bit < 8; ++bit) crc = crc << 1 ^ ((crc & 0x8000) != 0 ? 0x8005 : 0);
      made[i] = static_cast<std::uint16_t>(crc);
    }
    return made;
  }();
  std::uint16_t crc = 0;
  for (const std::byte b : bytes) {
    crc = static_cast<std::uint16_t>(crc << 8 ^ table[(crc >> 8 ^ std::to_integer<unsigned>(b)) & 0xFF]);
  }
  return crc;
}

std::optional<std::string_view> flac_cut_short(const ByteSource& file) {
  constexpr std::uint64_t kTailBytes = 512 << 10;  // 8 channels of 24 bits in blocks of 16384 are 384 KiB
  const std::uint64_t begin = skip_id3v2(file, 0);
  if (file.size() < begin + 42) return "its FLAC header is not whole";
  const std::uint64_t sample_count = file.number(begin + 21, 5, ByteOrder::kBig) & 0xFFFFFFFFF;
  if (sample_count != 0) return std::nullopt;
  const std::uint64_t tag = file.size() >= 128 && file.has(file.size() - 128, "TAG") ? 128 : 0;
  const std::uint64_t end = file.size() - tag, from = end - std::min(end - begin, kTailBytes);
  std::vector<std::byte> tail(static_cast<std::size_t>(end - from));
  file.read(from, tail);
  for (std::size_t at = tail.size(); at-- > 0;) {
    if (tail[at] != std::byte{0xFF} || at + 1 == tail.size()) continue;
    if ((tail[at + 1] & std::byte{0xFE}) == std::byte{0xF8} && crc16(std::span(tail).subspan(at)) == 0) {
      return std::nullopt;
    }
  }
  return "its last FLAC frame is not whole";
}

}  // namespace

bool is_ogg(const ByteSource& file) { return file.has(0, "OggS"); }

bool is_flac(const ByteSource& file) { return file.has(skip_id3v2(file, 0), "fLaC"); }

std::optional<std::string_view> stream_cut_short(const ByteSource& file) {
  if (is_ogg(file)) return ogg_cut_short(file);
  if (is_flac(file)) return flac_cut_short(file);
  return std::nullopt;
}

}  // namespace stapes
