// SPDX-License-Identifier: Apache-2.0
// load_clip.h: one audio file as the networks see it: mono, at their rate, 16 bits, silence cut off both ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "audio/decode.h"

namespace stapes {

// What was noticed while a clip was read.
struct ClipNotes {
  std::vector<std::string> warnings = {};  // what is doubtful about the file, each with its name
  int source_rate_hz = 0;                  // of the file
  int channels = 0;
  SourceLevels source = {};  // before resampling
  double power = 0;          // mean square after it, full scale 1

  // How much quieter mixing down and resampling have made it, in dB, at least 0. Silence loses nothing.
  double lost_in_mix_db() const;
  double lost_in_resampling_db() const;
};

using SampleSink = std::function<void(std::span<const std::int16_t>)>;

// Gives the clip to `sink` piece by piece, so that memory does not grow with it: decoding takes kDecodeBytes and
// resampling about as much. Leading and trailing exact zeros are cut off; a clip of nothing but zeros is given whole,
// so that silence stays visible to whoever looks for it. Throws Error naming the file: see AudioReader; also when no
// sample comes out. The samples do not depend on the size of the pieces.
ClipNotes stream_clip(AudioReader& reader, const std::string& name, int sample_rate_hz, const SampleSink& sink);

// The same, whole and in memory.
struct LoadedClip {
  std::vector<std::int16_t> samples;
  ClipNotes notes;
};
LoadedClip load_clip_with_notes(const std::filesystem::path& path, int sample_rate_hz, Channel channel = {});
std::vector<std::int16_t> load_clip(const std::filesystem::path& path, int sample_rate_hz);
std::vector<std::int16_t> load_clip(AudioReader& reader, const std::string& name, int sample_rate_hz);

}  // namespace stapes
