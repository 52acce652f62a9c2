// SPDX-License-Identifier: Apache-2.0
// make_samples.h: the training samples that suit the clips of a data set.
#pragma once

#include <cstdint>
#include <memory>

#include "data/training_samples.h"

namespace stapes {

// ImageSamples with the default augmentation where the clips are images, FeatureSamples where they are features,
// TrainingSamples with `sound` and `backgrounds` where they are sound. The DataSets must outlive the answer. Throws
// UsageError as these do, and for backgrounds under anything but sound.
std::unique_ptr<SampleSource> make_samples(ClipSet clips, const AugmentSpec& sound, std::uint64_t seed,
                                           BackgroundMix backgrounds = {});

}  // namespace stapes
