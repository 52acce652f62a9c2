// SPDX-License-Identifier: Apache-2.0
#include "data/background_mix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"

namespace stapes {

std::string snr_problem(const std::vector<double>& snr_db) {
  const bool right = snr_db.size() == 2 && snr_db[0] >= kMinSnrDb && snr_db[0] <= snr_db[1] && snr_db[1] <= kMaxSnrDb;
  if (right) return "";
  return fmt::format("expected two values in dB from {} to {}, the lower one first, such as 0,20; got '{}'", kMinSnrDb,
                     kMaxSnrDb, fmt::join(snr_db, ","));
}

void check_background_mix(const BackgroundMix& mix, int sample_rate_hz, std::size_t window_samples) {
  if (!(mix.share >= 0 && mix.share <= 1)) {
    throw UsageError("background share {} is out of range; expected 0 to 1", mix.share);
  }
  const std::string snr = snr_problem({mix.min_snr_db, mix.max_snr_db});
  if (!snr.empty()) throw UsageError("signal-to-noise ratios: {}", snr);
  if (mix.empty()) return;
  if (mix.clips.kind() != InputKind::kSound) {
    throw UsageError("the backgrounds are {}; expected sound", plural_of(mix.clips.kind()));
  }
  if (mix.clips.sample_rate_hz != sample_rate_hz) {
    throw UsageError("backgrounds at {} Hz for clips at {} Hz; expected the same sample rate", mix.clips.sample_rate_hz,
                     sample_rate_hz);
  }
  for (const ClipView& clip : mix.clips.clips) {
    if (clip.samples.size() >= window_samples) continue;
    throw UsageError("the background {} has {} samples; expected at least {}, one window", clip.name,
                     clip.samples.size(), window_samples);
  }
}

}  // namespace stapes
