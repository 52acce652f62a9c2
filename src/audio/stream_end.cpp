// SPDX-License-Identifier: Apache-2.0
#include "audio/stream_end.h"

#include <algorithm>
#include <span>
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
    if (size - at < bytes) return "its last Ogg page is incomplete";
    if ((file.at(at + 5) & 4) != 0) return std::nullopt;  // end of stream
    if (segments > 0 && file.at(at + kHeaderBytes + segments - 1) == 255) return "its last Ogg packet is incomplete";
    if (file.number(at + 6, 8, ByteOrder::kLittle) == 0) return "it ends before any sound";
    return std::nullopt;
  }
  return "its last Ogg page is incomplete";
}

// From the sync code of a complete FLAC frame to its end, checksum included, the CRC-16 is 0 (RFC 9639 section 9.3).
// Scans backwards to process each byte only once: with P = x^16 + x^15 + x^2 + 1, bit k of a byte followed by n bytes
// adds x^(8 n + k + 16) mod P.
bool ends_with_a_flac_frame(std::span<const std::byte> tail) {
  constexpr unsigned kPolynomial = 0x18005;
  unsigned crc = 0, power = kPolynomial & 0xFFFF;  // x^16 mod P
  for (std::size_t at = tail.size(); at-- > 0;) {
    const auto byte = std::to_integer<unsigned>(tail[at]);
    for (int bit = 0; bit < 8; ++bit) {
      if ((byte >> bit & 1) != 0) crc ^= power;
      power <<= 1;
      if (power > 0xFFFF) power ^= kPolynomial;
    }
    if (crc == 0 && byte == 0xFF && at + 1 < tail.size() && (tail[at + 1] & std::byte{0xFE}) == std::byte{0xF8}) {
      return true;
    }
  }
  return false;
}

std::optional<std::string_view> flac_cut_short(const ByteSource& file) {
  constexpr std::uint64_t kTailBytes = 512 << 10;  // a frame of 16384 samples, 8 channels and 24 bits has 384 KiB
  const std::uint64_t begin = skip_id3v2(file, 0);
  if (file.size() < begin + 42) return "its FLAC header is incomplete";
  const std::uint64_t sample_count = file.number(begin + 21, 5, ByteOrder::kBig) & 0xFFFFFFFFF;
  if (sample_count != 0) return std::nullopt;
  const std::uint64_t tag = file.size() >= 128 && file.has(file.size() - 128, "TAG") ? 128 : 0;
  const std::uint64_t end = file.size() - tag, from = end - std::min(end - begin, kTailBytes);
  std::vector<std::byte> tail(static_cast<std::size_t>(end - from));
  file.read(from, tail);
  if (ends_with_a_flac_frame(tail)) return std::nullopt;
  return "its last FLAC frame is incomplete";
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
