// SPDX-License-Identifier: Apache-2.0
#include "runs/run_provenance.h"

#include <nlohmann/json.hpp>

#include "stapes/version.h"

namespace stapes {

std::string run_provenance(const TrainConfig& config, int epoch, const std::string& selection) {
  nlohmann::json provenance = {{"tool", "stapes " STAPES_VERSION_STRING},
                               {"data_hash", config.data_hash},
                               {"classes", config.classes},
                               {"test_fold", config.fold},
                               {"seed", config.seed},
                               {"epoch", epoch},
                               {"epochs", config.epochs},
                               {"selection", selection}};
  const auto parse = [](const std::string& text) { return nlohmann::json::parse(text, nullptr, false); };
  if (holds_out(config.select)) provenance["validation_share"] = config.validation_share;
  if (!config.background.empty()) {
    provenance["background"] = {{"data_hash", config.background_hash}, {"test_fold", config.fold}};
  }
  if (!config.init.empty()) provenance["init"] = parse(config.init_provenance);
  if (!config.teacher.empty()) provenance["teacher"] = parse(config.teacher_provenance);
  if (!config.pruning.empty()) provenance["pruning"] = parse(config.pruning);
  return provenance.dump();
}

}  // namespace stapes
