// SPDX-License-Identifier: Apache-2.0
// aware_quantization.h: training on the 8-bit grid for `stapes quantize --aware`.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "compress/aware_training.h"
#include "data/sample_source.h"
#include "evaluate/packed_choice.h"
#include "runs/quantize/quantize_options.h"

namespace stapes {

// `training` also serves for calibration; `choosing` is empty for kLast. By default, `train --select validation` on the
// same folds holds out the same clips.
struct AwareClips {
  ClipSet training, choosing;
};
// Throws UsageError if the clips cannot be divided.
AwareClips divide_clips(const AwareSettings& settings, const ClipSet& training);

// Accuracies in percent on the test fold, 10 crops: of the int8 model before training, and of the model kept.
struct AwareOutcome {
  int epochs = 0;
  double loss = 0;  // of the last epoch
  double accuracy_before = 0, accuracy_after = 0;
  std::string kept = {};                   // "calibration", "epoch 7", "averaged weights"
  std::vector<Candidate> candidates = {};  // evaluated on the selection clips; empty: the last epoch is kept
  std::size_t choosing_clips = 0;
};

// Trains `fp32` on the grids of `int8`, then replaces both with the model to keep: the last epoch's or the best int8
// model on clips.choosing. Candidates are the calibrated model, every epoch and the averaged weights.
//   trained  called after each epoch with its number (1-based)
AwareOutcome make_aware(packed::fb::ModelT& fp32, packed::fb::ModelT& int8, WeightScales scales,
                        const AwareSettings& settings, const SampleSource& samples, const AwareClips& clips,
                        const ClipSet& test, const AwareTrainer& trainer, const std::function<void(int)>& trained);

}  // namespace stapes
