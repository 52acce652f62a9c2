// SPDX-License-Identifier: Apache-2.0
// checkpoint.h: saves and restores the state for a bit-identical resume.
#pragma once

#include <torch/torch.h>

#include <filesystem>

#include "runs/checkpoint_files.h"
#include "train/modules/network_module.h"
#include "train/weight_average.h"

namespace stapes {

struct Progress {
  int epochs_done = 0;
  double best_accuracy = -1;  // percent, on the clips for selection; -1 = none yet
  int best_epoch = 0;
  double seconds = 0;  // of training, across sessions
};

struct TrainingState {
  NetworkModule& module;
  torch::optim::Optimizer& optimizer;
  WeightAverage* average;  // null: no average
  Progress& progress;
};

void save_checkpoint(const CheckpointFiles& files, const TrainingState& state, const std::string& config);

// Loads the newest checkpoint onto the module's device and returns "". If that checkpoint is damaged or missing, loads
// the previous one and returns a message for the user. Throws Error naming the file if no checkpoint is intact, or
// if the intact one was saved with another `config` (the TrainConfig as text).
std::string load_checkpoint(const CheckpointFiles& files, const TrainingState& state, const std::string& config);

}  // namespace stapes
