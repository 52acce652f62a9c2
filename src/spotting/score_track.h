// SPDX-License-Identifier: Apache-2.0
// score_track.h: the probabilities of all windows of a sound, for recomputing detections with other thresholds. One
// hour takes 36,000 bytes per class at a hop of 100 ms.
#pragma once

#include <cstdint>
#include <vector>

#include "listen/host_detector.h"
#include "listen/sound_source.h"

namespace stapes {

struct ScoreTrack {
  int classes = 0;
  int sample_rate_hz = 0, window_samples = 0, hop_samples = 0;
  std::uint64_t samples = 0;                     // of the sound
  std::vector<std::uint8_t> probabilities = {};  // [windows][classes], in 256ths
  std::vector<std::uint8_t> loud = {};           // [windows], 1: passes the detector's level gate

  std::size_t windows() const { return loud.size(); }
  double seconds() const { return static_cast<double>(samples) / sample_rate_hz; }
  double hop_s() const { return static_cast<double>(hop_samples) / sample_rate_hz; }
  double end_s(std::size_t window) const {
    return (window_samples + static_cast<double>(window) * hop_samples) / sample_rate_hz;
  }
};

// Processes the whole sound like `stapes listen`. Throws Error if it is shorter than a window.
ScoreTrack score_sound(HostDetector& detector, SoundSource& source, const std::string& name);

}  // namespace stapes
