// SPDX-License-Identifier: Apache-2.0
// aware_quantization.h: the part of `stapes quantize --aware` that trains on the 8-bit grid and chooses what to keep.
#pragma once

#include <string>

#include "cli/print_quantization.h"
#include "data/sample_source.h"
#include "runs/quantize_options.h"

namespace stapes::cli {

// What calibration and training hear and, where something is to be chosen, the clips to choose by: those that a run
// with `--select validation` on the same folds holds out by default. Throws UsageError when the clips cannot be
// divided.
struct AwareClips {
  ClipSet training, choosing;
};
AwareClips divide_clips(const AwareSettings& request, const ClipSet& training);

// Trains `fp32` on the grids of `int8`. Both become what is kept: of the model after calibration, that after each epoch
// and that of the averaged weights the one whose integers are best on clips.choosing, or the last epoch's.
AwareOutcome make_aware(packed::fb::ModelT& fp32, packed::fb::ModelT& int8, WeightScales scales,
                        const AwareSettings& request, const SampleSource& samples, const AwareClips& clips,
                        const ClipSet& test, const AwareTrainer& trainer, bool show_progress);

}  // namespace stapes::cli
