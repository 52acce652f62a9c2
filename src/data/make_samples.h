// SPDX-License-Identifier: Apache-2.0
// make_samples.h: creates the training samples of a data set.
#pragma once

#include <cstdint>
#include <memory>

#include "data/training_samples.h"

namespace stapes {

// ImageSamples, FeatureSamples or TrainingSamples. `sound` and `backgrounds` apply only to sound. The DataSets must
// outlive the result. Throws UsageError like the constructors, and for backgrounds if the clips are not sound.
std::unique_ptr<SampleSource> make_samples(ClipSet clips, const AugmentSpec& sound, std::uint64_t seed,
                                           BackgroundMix backgrounds = {});

}  // namespace stapes
