// SPDX-License-Identifier: Apache-2.0
// new_run.h: what a run is trained with, from a request or from a run folder. Reads each parent once; writes nothing.
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

// The run that `request` asks for with the test fold of `chosen`, which must outlive it. Throws UsageError or Error
// like config_of() and TrainingInputs.
NewRun new_run(const TrainRequest& request, const ChosenData& chosen);

// The inputs of a run that is there, from its data (data_of()). The start is read only if there is no checkpoint.
TrainingInputs inputs_of(const RunFolder& run, const ChosenData& chosen);

// What --device means on this machine, or no --device. Throws UsageError for a device that is not there.
Device device_of(const GivenTraining& given);

// Completes config.teacher, if one was given: the same fold's run of a k-fold folder, an absolute path, its provenance
// and its hash. Returns the teacher.
std::optional<TrainedNetwork> adopt_teacher(TrainConfig& config);

}  // namespace stapes
