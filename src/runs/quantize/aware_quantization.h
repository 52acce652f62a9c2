// SPDX-License-Identifier: Apache-2.0
// aware_quantization.h: the part of `stapes quantize --aware` that trains on the 8-bit grid and selects the result.
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

// The clips for calibration and training and, if a model is to be selected, those to select by: the clips that a run
// with `--select validation` on the same folds holds out by default. Throws UsageError if the clips cannot be divided.
struct AwareClips {
  ClipSet training, choosing;
};
AwareClips divide_clips(const AwareSettings& settings, const ClipSet& training);

// Accuracies in percent, 10 crops, test fold, for the packed integer model before training and the model kept.
struct AwareOutcome {
  int epochs = 0;
  double loss = 0;  // of the last epoch
  double accuracy_before = 0, accuracy_after = 0;
  std::string kept = {};                   // "calibration", "epoch 7", "averaged weights"
  std::vector<Candidate> candidates = {};  // evaluated on the clips to select by; empty: the last epoch is kept
  std::size_t choosing_clips = 0;
};

// Trains `fp32` on the grids of `int8`. Both are replaced by the model kept: the best integer model on clips.choosing
// among calibration, each epoch and the averaged weights, or the last epoch's.
//   trained  called after each epoch with its number, counted from 1
AwareOutcome make_aware(packed::fb::ModelT& fp32, packed::fb::ModelT& int8, WeightScales scales,
                        const AwareSettings& settings, const SampleSource& samples, const AwareClips& clips,
                        const ClipSet& test, const AwareTrainer& trainer, const std::function<void(int)>& trained);

}  // namespace stapes
