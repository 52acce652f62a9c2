// trainer.h: the training loop.
#pragma once

#include <functional>
#include <optional>

#include "data/data_set.h"
#include "network/acdnet.h"
#include "train/run_folder.h"

namespace stapes {

struct EpochReport {
  int epoch = 0;  // 1-based
  int epochs = 0;
  int batch = 0, batches = 0;  // batch = batches: the epoch is complete
  double loss = 0;             // mean over the epoch so far
  double learning_rate = 0;
  double clips_per_second = 0;
  double seconds_left = 0;
  std::optional<double> accuracy;        // percent, 10 crops, training form, test fold; on evaluated epochs
  std::optional<double> smallest_alpha;  // binary: least mean |W| over the binary layers, after the epoch
};
using EpochObserver = std::function<void(const EpochReport&)>;

struct TrainResult {
  int epochs = 0;
  double last_accuracy = 0;  // percent: the last epoch's, which selects nothing
  double best_accuracy = 0;  // percent: the best evaluated epoch's, selected on the test fold
  int best_epoch = 0;
  double clips_per_second = 0;
  double seconds = 0;
};

// Trains `run` to its configured number of epochs, from its checkpoint if it has one, else from `start` if given (same
// widths; a full-precision start of a binary run is a warm start), else from random weights. Writes the run folder.
// Throws like check_training().
TrainResult train(const RunFolder& run, const ClipSet& training, const ClipSet& test,
                  const std::optional<TrainedNetwork>& start, const EpochObserver& observer);

}  // namespace stapes
