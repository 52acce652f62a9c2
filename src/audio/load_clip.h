// SPDX-License-Identifier: Apache-2.0
// load_clip.h: loads an audio file as network input: mono, at the network's rate, 16 bits, silence trimmed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "audio/decode.h"

namespace stapes {

// Warnings and properties collected while reading a clip.
struct ClipNotes {
  std::vector<std::string> warnings = {};  // each names the file
  int source_rate_hz = 0;                  // of the file
  int channels = 0;
  SourceLevels source = {};  // before resampling
  double power = 0;          // mean square after resampling; full scale is 1

  // Level lost in mixing down and in resampling, in dB, at least 0; 0 for silence.
  double lost_in_mix_db() const;
  double lost_in_resampling_db() const;
};

using SampleSink = std::function<void(std::span<const std::int16_t>)>;

// Passes the clip to `sink` piece by piece. Memory use is about 2 * kDecodeBytes for any length. Trims exact zeros at
// both ends, but passes on an all-zero clip whole for later checks. Throws Error like AudioReader, and if no samples
// result.
ClipNotes stream_clip(AudioReader& reader, const std::string& name, int sample_rate_hz, const SampleSink& sink);

// A clip read by stream_clip(), whole in memory.
struct LoadedClip {
  std::vector<std::int16_t> samples;
  ClipNotes notes;
};
LoadedClip load_clip_with_notes(const std::filesystem::path& path, int sample_rate_hz, Channel channel = {});
std::vector<std::int16_t> load_clip(const std::filesystem::path& path, int sample_rate_hz);
std::vector<std::int16_t> load_clip(AudioReader& reader, const std::string& name, int sample_rate_hz);

}  // namespace stapes
