// checkpoint.h: what resuming needs, to the bit: weights, batch-norm statistics, optimizer, torch's random generator,
// the epoch, and the best figure so far.
#pragma once

#include <torch/torch.h>

#include <filesystem>

#include "train/acdnet_module.h"

namespace stapes {

struct Progress {
  int epochs_done = 0;
  double best_accuracy = -1;  // percent, on the test fold; -1 = none yet
  int best_epoch = 0;
  double seconds = 0;  // of training, over all sessions
};

void save_checkpoint(const std::filesystem::path& path, const Acdnet& module, const torch::optim::Optimizer& optimizer,
                     const Progress& progress, const std::string& config);

// Throws Error naming the file when it is missing, damaged, or was saved with another `config` (the TrainConfig as
// text): going on with other data, folds or rates would be another run.
Progress load_checkpoint(const std::filesystem::path& path, Acdnet& module, torch::optim::Optimizer& optimizer,
                         const std::string& config);

}  // namespace stapes
