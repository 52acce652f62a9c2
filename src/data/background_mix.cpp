// SPDX-License-Identifier: Apache-2.0
#include "data/background_mix.h"

#include "base/error.h"

namespace stapes {

void check_background_mix(const BackgroundMix& mix, int sample_rate_hz, std::size_t window_samples) {
  if (!(mix.share >= 0 && mix.share <= 1)) throw UsageError("a share of backgrounds of {}; expected 0 to 1", mix.share);
  if (!(mix.least_snr_db >= kLeastSnrDb && mix.least_snr_db <= mix.most_snr_db && mix.most_snr_db <= kMostSnrDb)) {
    throw UsageError("signal-to-noise ratios from {} to {} dB; expected {} to {}, the lower first", mix.least_snr_db,
                     mix.most_snr_db, kLeastSnrDb, kMostSnrDb);
  }
  if (mix.empty()) return;
  if (mix.clips.kind() != InputKind::kSound || mix.clips.sample_rate_hz != sample_rate_hz) {
    throw UsageError("backgrounds at {} Hz for clips at {} Hz; expected sound of one rate", mix.clips.sample_rate_hz,
                     sample_rate_hz);
  }
  for (const ClipView& clip : mix.clips.clips) {
    if (clip.samples.size() >= window_samples) continue;
    throw UsageError("the background {} has {} samples; expected at least a window of {}", clip.name,
                     clip.samples.size(), window_samples);
  }
}

}  // namespace stapes
