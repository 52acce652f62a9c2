// SPDX-License-Identifier: Apache-2.0
// check_training.h: whether a run, its data and its parents fit together, asked before anything is written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "graph/network.h"
#include "runs/run_folder.h"
#include "runs/train_config.h"

namespace stapes {

// Throws Error or UsageError naming the mismatch: classes (number and names), rate or window of the data, the starting
// weights or the teacher; widths of the starting weights; a window that is too short; a class that is tested but never
// trained on; starting weights or a teacher trained on the test fold. train() calls it too.
void check_training(const TrainConfig& config, const ClipSet& training, const ClipSet& test,
                    const std::optional<TrainedNetwork>& start);

// What --classes selects may change with the version of the program (data/selection.h). Throws Error when the run, by
// its config.json or its weights, was begun with other classes than `labels`.
void refuse_other_classes(const RunFolder& run, const std::vector<std::string>& labels);

}  // namespace stapes
