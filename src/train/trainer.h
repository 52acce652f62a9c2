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
  int batch = 0, batches = 0;  // batch = batches: the epoch is complete
  // Mean over the epoch so far. On a GPU only of a complete epoch: reading it would wait for the GPU at every batch.
  std::optional<double> loss;
  double learning_rate = 0;
  double clips_per_second = 0;
  double seconds_left = 0;
  // On evaluated epochs: percent, training form, 10 crops, on the clips that choose the best epoch (config.select).
  std::optional<double> accuracy;
  std::optional<DetectorFigures> detector;  // with Select::kDetector
  std::optional<double> ema_accuracy;       // the same of the averaged weights, if any are kept
  std::optional<double> smallest_alpha;     // binary: least mean |W| over the binary layers, after the epoch
};
using EpochObserver = std::function<void(const EpochReport&)>;

// What the user should know and what is no reason to stop: one line.
using NoteObserver = std::function<void(const std::string&)>;

// Trains `run` to its configured number of epochs, from its checkpoint if it has one, else from the start of `inputs`
// if there is one (a full-precision start of a binary run is a warm start), else from random weights. Writes the run
// folder. `inputs` are those of run.config(). With config.select = kValidation or kDetector the test clips are
// evaluated once, after the last epoch. Throws Busy when another process trains this run.
TrainResult train(const RunFolder& run, const TrainingInputs& inputs, const EpochObserver& observer,
                  const NoteObserver& note = {}, const ComputeOn& on = {});

}  // namespace stapes
