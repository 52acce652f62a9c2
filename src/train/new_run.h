// SPDX-License-Identifier: Apache-2.0
// new_run.h: the training inputs of a run, from a request or a run folder. Writes nothing.
#pragma once

#include <optional>

#include "runs/chosen_data.h"
#include "runs/run_folder.h"
#include "runs/train_request.h"
#include "train/training_inputs.h"

namespace stapes {

struct NewRun {
  TrainConfig config;
  TrainingInputs inputs;
};

// Uses the test fold of `chosen`, which must outlive the result. Throws like config_of() and TrainingInputs.
NewRun new_run(const TrainRequest& request, const ChosenData& chosen);

// `chosen` is the run's data (data_of()). Reads the initial network only if there is no checkpoint.
TrainingInputs inputs_of(const RunFolder& run, const ChosenData& chosen);

// The device of --device, or the default. Throws UsageError if it is missing.
Device device_of(const GivenTraining& given);

// Completes config.teacher, if set: selects the run of the same fold, makes the path absolute and records provenance
// and hash. Returns the teacher.
std::optional<TrainedNetwork> adopt_teacher(TrainConfig& config);

}  // namespace stapes
