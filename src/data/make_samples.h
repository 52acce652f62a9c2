// SPDX-License-Identifier: Apache-2.0
// make_samples.h: the training samples that suit the clips of a data set.
#pragma once

#include <cstdint>
#include <memory>

#include "data/training_samples.h"

namespace stapes {

// ImageSamples with the default augmentation where the clips are images, FeatureSamples where they are features,
// TrainingSamples with `sound` where they are sound. The clips' DataSet must outlive the answer. Throws UsageError as
// these do.
std::unique_ptr<SampleSource> make_samples(ClipSet clips, const AugmentSpec& sound, std::uint64_t seed);

}  // namespace stapes
