// SPDX-License-Identifier: Apache-2.0
// training_output.h: progress and results of train and prune.
#pragma once

#include "cli/command.h"
#include "runs/fold_runs.h"
#include "runs/run_folder.h"
#include "train/trainer.h"

namespace stapes::cli {

// Runs the training with a progress bar (loss, accuracy, clips/s, time left), or without one if quiet or --json.
TrainResult train_with_progress(const RunFolder& run, const TrainingInputs& inputs, const Common& common,
                                const ComputeOn& on = {});

void print_result(const RunFolder& run, const TrainResult& result, const Common& common);

// Trains a run to completion, from its checkpoint if there is one.
TrainResult continue_run(const RunFolder& run, const Common& common, const ComputeOn& on = {});

// Trains every unfinished fold in turn, then prints the table or JSON. Skips folds that another process is training;
// the exit status is then 1.
void train_folds(const FoldRuns& runs, const FoldTrainer& train, const Common& common);

// Prints the next steps for folders created with --prepare.
void print_prepared(const FoldRuns& runs, const Common& common);

}  // namespace stapes::cli
