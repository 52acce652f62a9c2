// SPDX-License-Identifier: Apache-2.0
// training_output.h: what train and prune show while they work and print when they are done.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/data_options.h"
#include "train/trainer.h"

namespace stapes::cli {

// Runs the training, with a progress bar per run (loss, accuracy, clips/s, time left) unless quiet or --json.
TrainResult train_with_progress(const RunFolder& run, const TrainingInputs& inputs, const Common& common,
                                const ComputeOn& on = {});

// Prints what a run came to, as text or JSON.
void print_result(const RunFolder& run, const TrainResult& result, const Common& common);

// Trains a run that is there to its end: from its checkpoint, or from its beginning.
TrainResult continue_run(const RunFolder& run, const Common& common, const ComputeOn& on = {});

// The data of an existing run. Throws Error when they have changed since it was trained.
ChosenData data_of(const RunFolder& run);

}  // namespace stapes::cli
