// SPDX-License-Identifier: Apache-2.0
#include "data/make_samples.h"

#include <utility>

#include "base/error.h"
#include "data/features/feature_samples.h"
#include "data/images/image_samples.h"

namespace stapes {

std::unique_ptr<SampleSource> make_samples(ClipSet clips, const AugmentSpec& sound, std::uint64_t seed,
                                           BackgroundMix backgrounds) {
  if (clips.kind() != InputKind::kSound && !backgrounds.empty()) {
    throw UsageError("this data set holds {}; backgrounds can be mixed only with sound", plural_of(clips.kind()));
  }
  if (clips.image) return std::make_unique<ImageSamples>(std::move(clips), ImageAugmentSpec{}, seed);
  if (clips.features) return std::make_unique<FeatureSamples>(std::move(clips), seed);
  return std::make_unique<TrainingSamples>(std::move(clips), sound, seed, std::move(backgrounds));
}

}  // namespace stapes
