// SPDX-License-Identifier: Apache-2.0
// train_folds.h: k-fold cross-validation as a user sees it.
#pragma once

#include <functional>

#include "cli/command.h"
#include "runs/fold_runs.h"
#include "runs/run_folder.h"

namespace stapes::cli {

// Trains the run of one fold to its end, from where it stands.
using FoldTrainer = std::function<void(const RunFolder& run)>;

// Trains every fold that is not finished, one after the other, then prints the table, or JSON. A fold that another
// process is training is left to it: the table then says so, and the exit status is 1.
void train_folds(const FoldRuns& runs, const FoldTrainer& train, const Common& common);

// What to do with folders that were only written (--prepare).
void print_prepared(const FoldRuns& runs, const Common& common);

}  // namespace stapes::cli
