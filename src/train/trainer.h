// SPDX-License-Identifier: Apache-2.0
// trainer.h: the training loop.
#pragma once

#include <functional>
#include <optional>

#include "runs/run_folder.h"
#include "runs/train_result.h"
#include "train/compute.h"
#include "train/training_inputs.h"

namespace stapes {

struct EpochReport {
  int epoch = 0;  // 1-based
  int epochs = 0;
  int batch = 0, batches = 0;  // batch = batches: epoch complete
  // Mean over the epoch so far; on a GPU, only for complete epochs.
  std::optional<double> loss;
  double learning_rate = 0;
  double clips_per_second = 0;
  double seconds_left = 0;
  // Set for evaluated epochs: percent on the clips for selection (config.select), with 10 crops, before packing.
  std::optional<double> accuracy;
  std::optional<DetectorFigures> detector;  // with Select::kDetector
  std::optional<double> ema_accuracy;       // `accuracy` of the averaged weights, if kept
  std::optional<double> smallest_alpha;     // binary: smallest mean |W| of any binary layer, after the epoch
};
using EpochObserver = std::function<void(const EpochReport&)>;

// A one-line notice for the user.
using NoteObserver = std::function<void(const std::string&)>;

// Trains `run` to its configured number of epochs and writes the run folder. Starts from the checkpoint if there is
// one, otherwise from the initial network in `inputs` (a full-precision network warm-starts a binary run) or from
// random weights. `inputs` must belong to run.config(). With kValidation or kDetector, evaluates the test clips once,
// after the last epoch. Throws Busy if another process trains this run.
TrainResult train(const RunFolder& run, const TrainingInputs& inputs, const EpochObserver& observer,
                  const NoteObserver& note = {}, const ComputeOn& on = {});

}  // namespace stapes
