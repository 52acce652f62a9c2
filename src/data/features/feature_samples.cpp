// SPDX-License-Identifier: Apache-2.0
#include "data/features/feature_samples.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "data/features/feature_values.h"
#include "data/shuffled_index.h"

namespace stapes {

FeatureSamples::FeatureSamples(ClipSet clips, std::uint64_t seed) : SampleSource(std::move(clips)), seed_(seed) {
  if (this->clips().features) return;
  throw UsageError("this data set holds {}; expected features to train on", plural_of(this->clips().kind()));
}

void FeatureSamples::fill_one(std::uint32_t epoch, std::uint32_t sample, std::span<float> planes,
                              std::span<float> target) const {
  const auto count = static_cast<std::uint32_t>(clips().clips.size());
  const ClipView& clip = clips().clips[shuffled_index(sample % count, count, seed_, epoch)];
  to_planes(clip.features, size(), planes);
  std::fill(target.begin(), target.end(), 0.0f);
  target[static_cast<std::size_t>(clip.label)] = 1.0f;
}

}  // namespace stapes
