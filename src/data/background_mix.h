// SPDX-License-Identifier: Apache-2.0
// background_mix.h: long sounds mixed into training samples.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "data/data_set.h"

namespace stapes {

inline constexpr double kMinSnrDb = -30, kMaxSnrDb = 60;

// What is wrong with {lowest, highest} in dB; empty if the range is valid.
std::string snr_problem(const std::vector<double>& snr_db);

struct BackgroundMix {
  ClipSet clips = {};                      // empty: nothing is mixed
  double min_snr_db = 0, max_snr_db = 20;  // sample relative to background; drawn uniformly
  double share = 0;                        // share of samples that get a background

  bool empty() const { return clips.clips.empty(); }
};

// Throws UsageError unless the share is in [0, 1], the SNRs are valid, and each clip is sound at `sample_rate_hz` and
// lasts at least one window.
void check_background_mix(const BackgroundMix& mix, int sample_rate_hz, std::size_t window_samples);

struct BackgroundDraw {
  std::size_t clip;      // index into BackgroundMix::clips
  std::ptrdiff_t first;  // first sample of the window in the clip
  double snr_db;
};

}  // namespace stapes
