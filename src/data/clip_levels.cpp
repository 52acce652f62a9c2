// SPDX-License-Identifier: Apache-2.0
#include "data/clip_levels.h"

#include <cmath>

namespace stapes {
namespace {

constexpr int kFullScale = 32768, kNear = 2;
constexpr double kConstantShare = 0.98, kSilenceDbfs = -200;
constexpr int kNearZero = 33;  // kQuietDbfs as a sample value

}  // namespace

void LevelMeter::add(std::span<const std::int16_t> samples) {
  for (const std::int16_t x : samples) ++histogram_[static_cast<std::size_t>(x + kFullScale)];
}

ClipLevels LevelMeter::levels() const {
  ClipLevels levels;
  double energy = 0;
  std::size_t around = 0, max_around = 0;  // samples in the last 2 * kNear + 1 bins
  int max_at = 0;
  for (int bin = 0; bin < 2 * kFullScale; ++bin) {
    const std::size_t count = histogram_[static_cast<std::size_t>(bin)];
    const double value = bin - kFullScale;
    levels.samples += count;
    energy += static_cast<double>(count) * value * value;
    around += count;
    if (bin > 2 * kNear) around -= histogram_[static_cast<std::size_t>(bin - 2 * kNear - 1)];
    if (around > max_around) {
      max_around = around;
      max_at = bin - kNear - kFullScale;
    }
  }
  levels.full_scale = histogram_.front() + histogram_.back();
  levels.silent = histogram_[kFullScale] == levels.samples;
  const double samples = static_cast<double>(levels.samples);
  levels.dbfs = energy == 0 ? kSilenceDbfs : 10 * std::log10(energy / samples / kFullScale / kFullScale);
  levels.constant = std::abs(max_at) > kNearZero && static_cast<double>(max_around) >= kConstantShare * samples;
  return levels;
}

}  // namespace stapes
