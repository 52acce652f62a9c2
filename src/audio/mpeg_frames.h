// SPDX-License-Identifier: Apache-2.0
// mpeg_frames.h: where the frames of an MPEG audio stream (MP1, MP2, MP3) lie, found by walking them all. No header
// says how long such a stream is in a way that can be trusted, and streams cut out of a broadcast begin anywhere.
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

// 1 MiB of them, so that memory stays within kDecodeBytes (decode.h). An hour of MP3 at 48 kHz, the longest clip, has
// 150,000 frames: only a file in which nearly every other frame is damaged has more runs.
inline constexpr std::size_t kMostMpegRuns = 65536;

struct MpegFrames {
  std::vector<ByteRange> runs;    // whole frames, one after the other within a run; none is empty
  std::uint64_t frame_count = 0;  // without the frame that holds a Xing, Info or VBRI header
  int sample_rate_hz = 0;
  int channels = 1;  // 2 if any frame has two
  // What a Xing, Info or VBRI header says; nothing where there is none, or where it says 0.
  std::optional<std::uint64_t> promised_frames;
  std::uint64_t skipped_bytes = 0;  // between frames, tags left out: the stream was damaged there
  bool ends_inside_a_frame = false;
  bool too_many_runs = false;  // there are more than kMostMpegRuns: the walk stopped there
};

// The frames in bytes [begin, end) of `file`; tags (ID3, APE, Lyrics3) and up to 4 MiB of anything else may precede
// them. Nothing when there are no three frames in a row, or two that fill the range.
std::optional<MpegFrames> find_mpeg_frames(const ByteSource& file, ByteRange range);

// The first byte after the ID3v2 tags at `offset`.
std::uint64_t skip_id3v2(const ByteSource& file, std::uint64_t offset);

}  // namespace stapes
