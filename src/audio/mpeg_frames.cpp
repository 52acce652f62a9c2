// SPDX-License-Identifier: Apache-2.0
#include "audio/mpeg_frames.h"

#include <algorithm>

namespace stapes {
namespace {

constexpr std::uint64_t kMaxLeadingBytes = std::uint64_t{4} << 20;

// ISO/IEC 11172-3 section 2.4.2.3 and 13818-3 (half rates); MPEG 2.5 halves the rates again.
struct FrameHeader {
  int version = 0;  // 1: MPEG 1; 2: MPEG 2; 3: MPEG 2.5
  int layer = 0;
  int sample_rate_hz = 0;
  int channels = 0;
  std::uint64_t bytes = 0;

  bool continues(const FrameHeader& first) const {
    return version == first.version && layer == first.layer && sample_rate_hz == first.sample_rate_hz;
  }
};

std::optional<FrameHeader> parse_header(std::uint32_t word) {
  static constexpr int kKilobits[5][15] = {
      {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},  // MPEG 1 layer 1
      {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},     // MPEG 1 layer 2
      {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},      // MPEG 1 layer 3
      {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},     // MPEG 2 layer 1
      {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}};         // MPEG 2 layers 2 and 3
  static constexpr int kRates[3] = {44100, 48000, 32000};
  const std::uint32_t version_bits = word >> 19 & 3, layer_bits = word >> 17 & 3, kilobits = word >> 12 & 15;
  const std::uint32_t rate = word >> 10 & 3;
  // Free format (kilobits 0) is not supported: its headers do not state the frame length.
  if (word >> 21 != 0x7FF || version_bits == 1 || layer_bits == 0 || kilobits == 0 || kilobits == 15 || rate == 3 ||
      (word & 3) == 2) {
    return std::nullopt;
  }
  FrameHeader header;
  header.version = version_bits == 3 ? 1 : version_bits == 2 ? 2 : 3;
  header.layer = 4 - static_cast<int>(layer_bits);
  header.sample_rate_hz = kRates[rate] >> (header.version - 1);
  header.channels = (word >> 6 & 3) == 3 ? 1 : 2;
  const int table = header.version == 1 ? header.layer - 1 : header.layer == 1 ? 3 : 4;
  const int bits = kKilobits[table][kilobits] * 1000, padding = static_cast<int>(word >> 9 & 1);
  const int per_frame = header.layer == 3 && header.version > 1 ? 72 : 144;
  header.bytes = static_cast<std::uint64_t>(header.layer == 1 ? (12 * bits / header.sample_rate_hz + padding) * 4
                                                              : per_frame * bits / header.sample_rate_hz + padding);
  return header;
}

std::optional<FrameHeader> header_at(const ByteSource& file, std::uint64_t offset, std::uint64_t end) {
  if (offset + 4 > end) return std::nullopt;
  return parse_header(file.big32(offset));
}

// Whether `links` frames follow the frame at `offset`. Fewer (at least one) suffice if they end at `end`.
bool begins_chain(const ByteSource& file, std::uint64_t offset, std::uint64_t end, int links) {
  const std::optional<FrameHeader> first = header_at(file, offset, end);
  if (!first) return false;
  std::uint64_t at = offset + first->bytes;
  for (int found = 0; found < links; ++found) {
    if (at == end) return found > 0;
    const std::optional<FrameHeader> next = header_at(file, at, end);
    if (!next || !next->continues(*first)) return false;
    at += next->bytes;
  }
  return true;
}

// The first offset in [from, end) where a chain of frames begins; `end` if there is none. The chain must continue
// `like`, if given.
std::uint64_t next_chain(const ByteSource& file, std::uint64_t from, std::uint64_t end,
                         const std::optional<FrameHeader>& like) {
  for (std::uint64_t at = from; at < end; ++at) {
    if (file.at(at) != 0xFF) continue;
    const std::optional<FrameHeader> header = header_at(file, at, end);
    if (header && (!like || header->continues(*like)) && begins_chain(file, at, end, like ? 1 : 2)) return at;
  }
  return end;
}

// The length of the tag at `offset`; 0 if there is none. Files joined from several streams have tags in the middle.
std::uint64_t tag_bytes(const ByteSource& file, std::uint64_t offset, std::uint64_t end) {
  const std::uint64_t left = end - offset;
  if (file.has(offset, "ID3")) return std::min(left, skip_id3v2(file, offset) - offset);
  if (file.has(offset, "TAG") && left >= 128) return left == 227 + 128 ? left : 128;
  if (file.has(offset, "LYRICSBEGIN")) return left;
  if (file.has(offset, "APETAGEX")) {  // a header; its size counts the items and the footer
    return std::min(left, 32 + file.number(offset + 12, 4, ByteOrder::kLittle));
  }
  return 0;
}

// Xing and Info (LAME) follow the side information of the first frame; VBRI (Fraunhofer) is at byte 36. Sets
// `is_header` if the frame holds such a header and no sound.
std::optional<std::uint64_t> promised_frames(const ByteSource& file, std::uint64_t offset, const FrameHeader& first,
                                             bool& is_header) {
  const std::uint64_t side = first.version == 1 ? (first.channels == 1 ? 17 : 32) : (first.channels == 1 ? 9 : 17);
  const std::uint64_t xing = offset + 4 + side, vbri = offset + 36;
  std::uint64_t frames = 0;
  if (first.layer == 3 && (file.has(xing, "Xing") || file.has(xing, "Info"))) {
    is_header = true;
    if ((file.big32(xing + 4) & 1) != 0) frames = file.big32(xing + 8);
  } else if (first.layer == 3 && file.has(vbri, "VBRI")) {
    is_header = true;
    frames = file.big32(vbri + 14);
  }
  return frames == 0 ? std::nullopt : std::optional(frames);
}

void walk(const ByteSource& file, std::uint64_t at, std::uint64_t end, const FrameHeader& first, MpegFrames& frames) {
  bool in_run = false;
  while (at < end) {
    const std::optional<FrameHeader> header = header_at(file, at, end);
    if (header && header->continues(first)) {
      if (header->bytes > end - at) {
        frames.ends_inside_a_frame = true;
        return;
      }
      if (!in_run && frames.runs.size() == kMaxMpegRuns) {
        frames.too_many_runs = true;
        return;
      }
      if (!in_run) frames.runs.push_back({at, at});
      in_run = true;
      at += header->bytes;
      frames.runs.back().end = at;
      frames.channels = std::max(frames.channels, header->channels);
      ++frames.frame_count;
      continue;
    }
    in_run = false;
    if (const std::uint64_t tag = tag_bytes(file, at, end); tag > 0) {
      at += tag;
    } else {
      const std::uint64_t next = next_chain(file, at + 1, end, first);
      frames.skipped_bytes += next - at;
      at = next;
    }
  }
}

}  // namespace

std::uint64_t skip_id3v2(const ByteSource& file, std::uint64_t offset) {
  while (file.has(offset, "ID3")) {
    std::uint64_t bytes = 10;  // the size has four groups of seven bits
    std::uint64_t size = 0;
    for (std::uint64_t i = 6; i < 10; ++i) size = size << 7 | (file.at(offset + i) & 0x7F);
    bytes += size + ((file.at(offset + 5) & 0x10) != 0 ? 10 : 0);
    offset += bytes;
  }
  return std::min(offset, file.size());
}

std::optional<MpegFrames> find_mpeg_frames(const ByteSource& file, ByteRange range) {
  const std::uint64_t begin = std::min(skip_id3v2(file, range.begin), range.end);
  const std::uint64_t search_end = std::min(range.end, begin + kMaxLeadingBytes);
  std::uint64_t at = begin;
  while (at < search_end && !(file.at(at) == 0xFF && begins_chain(file, at, range.end, 2))) ++at;
  if (at >= search_end) return std::nullopt;
  const FrameHeader first = *header_at(file, at, range.end);
  MpegFrames frames;
  frames.sample_rate_hz = first.sample_rate_hz;
  frames.channels = first.channels;
  bool is_header = false;
  frames.promised_frames = promised_frames(file, at, first, is_header);
  walk(file, at, range.end, first, frames);
  if (is_header) --frames.frame_count;
  return frames;
}

}  // namespace stapes
