// SPDX-License-Identifier: Apache-2.0
// load_clip.h: loads an audio file as network input: mono, 16 bits, at the network's rate.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "audio/decode.h"

namespace stapes {

struct ClipNotes {
  std::vector<std::string> warnings = {};  // each names the file
  int source_rate_hz = 0;                  // of the file
  int channels = 0;
  SourceLevels source = {};  // before resampling
  double power = 0;          // mean square after resampling; full scale is 1

  // Losses in dB, at least 0; 0 for silence.
  double lost_in_mix_db() const;
  double lost_in_resampling_db() const;
};

using SampleSink = std::function<void(std::span<const std::int16_t>)>;

// Passes the clip to `sink` piece by piece. Memory use is about 2 * kDecodeBytes for any length. Trims exact zeros at
// both ends, but passes on an all-zero clip whole for later checks. Throws Error like AudioReader, and if no samples
// result.
ClipNotes stream_clip(AudioReader& reader, const std::string& name, int sample_rate_hz, const SampleSink& sink);

struct LoadedClip {
  std::vector<std::int16_t> samples;
  ClipNotes notes;
};
LoadedClip load_clip_with_notes(const std::filesystem::path& path, int sample_rate_hz, Channel channel = {});
std::vector<std::int16_t> load_clip(const std::filesystem::path& path, int sample_rate_hz);
std::vector<std::int16_t> load_clip(AudioReader& reader, const std::string& name, int sample_rate_hz);

}  // namespace stapes
