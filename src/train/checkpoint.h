// SPDX-License-Identifier: Apache-2.0
// checkpoint.h: what resuming needs, to the bit: weights, batch-norm statistics, averaged weights, optimizer, torch's
// random generator, the epoch, and the best figure so far.
#pragma once

#include <torch/torch.h>

#include <filesystem>

#include "runs/checkpoint_files.h"
#include "train/modules/network_module.h"
#include "train/weight_average.h"

namespace stapes {

struct Progress {
  int epochs_done = 0;
  double best_accuracy = -1;  // percent, of the best epoch on the clips that choose; -1 = none yet
  int best_epoch = 0;
  double seconds = 0;  // of training, over all sessions
};

// What a checkpoint holds. Borrows.
struct TrainingState {
  NetworkModule& module;
  torch::optim::Optimizer& optimizer;
  WeightAverage* average;  // null: none is kept
  Progress& progress;
};

void save_checkpoint(const CheckpointFiles& files, const TrainingState& state, const std::string& config);

// Loads, onto the device the module is on, the newest one that is whole; a damaged newest one is replaced by the one
// before. Returns what to tell the user about that, or "". Throws Error naming the file when none is whole, or when it
// was saved with another `config` (the TrainConfig as text): going on with other data, folds or rates would be another
// run.
std::string load_checkpoint(const CheckpointFiles& files, const TrainingState& state, const std::string& config);

}  // namespace stapes
