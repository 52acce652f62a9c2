// SPDX-License-Identifier: Apache-2.0
// checkpoint.h: the state for a bit-identical resume: weights, batch-norm statistics, averaged weights, optimizer,
// torch's random generator, the epoch, and the best figure so far.
#pragma once

#include <torch/torch.h>

#include <filesystem>

#include "runs/checkpoint_files.h"
#include "train/modules/network_module.h"
#include "train/weight_average.h"

namespace stapes {

struct Progress {
  int epochs_done = 0;
  double best_accuracy = -1;  // percent, of the best epoch, on the clips for selection; -1 = none yet
  int best_epoch = 0;
  double seconds = 0;  // of training, across sessions
};

// References to the contents of a checkpoint.
struct TrainingState {
  NetworkModule& module;
  torch::optim::Optimizer& optimizer;
  WeightAverage* average;  // null: no average
  Progress& progress;
};

void save_checkpoint(const CheckpointFiles& files, const TrainingState& state, const std::string& config);

// Loads the newest intact checkpoint onto the module's device. If the newest is damaged, the previous checkpoint
// replaces it, and a message for the user is returned, otherwise "". Throws Error naming the file if neither is intact,
// or if the checkpoint belongs to another run (saved with another `config`, the TrainConfig as text).
std::string load_checkpoint(const CheckpointFiles& files, const TrainingState& state, const std::string& config);

}  // namespace stapes
