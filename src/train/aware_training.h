// SPDX-License-Identifier: Apache-2.0
// aware_training.h: quantization-aware training of a packed network.
#pragma once

#include "compress/aware_training.h"
#include "compress/int8_layer.h"
#include "data/sample_source.h"
#include "packed/model_generated.h"

namespace stapes {

// Returns `fp32` with weights trained on the grids of `int8`, for quantize_on_grids_of(). Images are planar
// (image_samples.h). Bit-identical for the same `samples`, machine and thread count. Throws Error if the loss is not
// finite or samples have the wrong length, UsageError for options out of range.
packed::fb::ModelT train_quantization_aware(const packed::fb::ModelT& fp32, const packed::fb::ModelT& int8,
                                            WeightScales scales, const SampleSource& samples,
                                            const AwareTraining& training, const AwareObserver& observer);

}  // namespace stapes
