// SPDX-License-Identifier: Apache-2.0
#include "train/new_run.h"

#include <filesystem>
#include <utility>

#include "graph/weights_file.h"
#include "runs/fold_runs.h"
#include "runs/parents.h"
#include "train/compute.h"

namespace stapes {

Device device_of(const GivenTraining& given) { return choose_device(given.text("device").value_or("auto")); }

std::optional<TrainedNetwork> adopt_teacher(TrainConfig& config) {
  if (config.teacher.empty()) return std::nullopt;
  config.teacher = std::filesystem::absolute(same_fold_of(config.teacher, config.fold)).string();
  std::optional<TrainedNetwork> teacher = read_teacher(config);
  config.teacher_provenance = teacher->provenance;
  config.teacher_hash = content_hash(*teacher);
  return teacher;
}

NewRun new_run(const TrainRequest& request, const ChosenData& chosen) {
  const ClipSet training = chosen.training();
  Parents parents{.start = read_start(request, chosen.fold), .teacher = {}};
  TrainConfig config = config_of(request, chosen, training.clips.size(), parents.start, device_of(request.given));
  parents.teacher = adopt_teacher(config);
  TrainingInputs inputs(config, training, chosen.test(), std::move(parents));
  return {std::move(config), std::move(inputs)};
}

TrainingInputs inputs_of(const RunFolder& run, const ChosenData& chosen) {
  const TrainConfig& config = run.config();
  Parents parents{.start = {}, .teacher = read_teacher(config)};
  if (!run.checkpoints().any() && !config.init.empty()) parents.start = read_network(config.init);
  return {config, chosen.training(), chosen.test(), std::move(parents)};
}

}  // namespace stapes
