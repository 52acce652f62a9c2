// SPDX-License-Identifier: Apache-2.0
// mpeg_frames.h: finds the frames of an MPEG audio stream (MP1, MP2, MP3) by scanning: header lengths are unreliable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "audio/byte_source.h"

namespace stapes {

struct ByteRange {
  std::uint64_t begin = 0, end = 0;
};

// 1 MiB of runs, within kDecodeBytes (decode.h). An hour of MP3 at 48 kHz has 150,000 frames and exceeds this only if
// nearly every other frame is damaged.
inline constexpr std::size_t kMaxMpegRuns = 65536;

struct MpegFrames {
  std::vector<ByteRange> runs;    // each a run of adjacent whole frames; never empty
  std::uint64_t frame_count = 0;  // not counting a frame with a Xing, Info or VBRI header
  int sample_rate_hz = 0;
  int channels = 1;  // 2 if any frame has two
  // declared by the Xing, Info or VBRI header; nothing if missing or 0
  std::optional<std::uint64_t> promised_frames;
  std::uint64_t skipped_bytes = 0;  // damaged parts, not counting tags
  bool ends_inside_a_frame = false;
  bool too_many_runs = false;  // scanning stopped at kMaxMpegRuns
};

// The frames in bytes [begin, end) of `file`, after any ID3v2 tags and up to 4 MiB of other data. Empty unless
// there are three frames in a row, or two that end at `end`.
std::optional<MpegFrames> find_mpeg_frames(const ByteSource& file, ByteRange range);

// The first byte after the ID3v2 tags at `offset`.
std::uint64_t skip_id3v2(const ByteSource& file, std::uint64_t offset);

}  // namespace stapes
