// SPDX-License-Identifier: Apache-2.0
// training_inputs.h: the inputs of a training run, read and checked before anything is written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "graph/network.h"
#include "runs/backgrounds.h"
#include "runs/held_out.h"
#include "runs/run_folder.h"
#include "runs/train_config.h"

namespace stapes {

struct Parents {
  std::optional<TrainedNetwork> start;    // initial weights; empty: random, or the checkpoint's
  std::optional<TrainedNetwork> teacher;  // the network to distill from
};

// Empty if `config` names no teacher.
std::optional<TrainedNetwork> read_teacher(const TrainConfig& config);

// Owns the background data set; the data set of the clips must outlive this.
struct TrainingInputs {
  // Throws Error or UsageError, naming the mismatch, for unsuitable data, initial network or teacher; for a network
  // that was trained on the test fold or has changed since the run started; for a window that is too short; and for a
  // class with clips only in the test fold. Throws like backgrounds_of().
  TrainingInputs(const TrainConfig& config, const ClipSet& training, ClipSet test, Parents parents);

  DividedClips clips;
  ClipSet test;
  Backgrounds backgrounds;
  Parents parents;
};

// Throws Error if config.json or the weights have classes other than `labels`: the meaning of --classes may change
// between program versions (data/selection.h).
void refuse_other_classes(const RunFolder& run, const std::vector<std::string>& labels);

}  // namespace stapes
