// SPDX-License-Identifier: Apache-2.0
// print_evaluation.h: the output of `stapes eval`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "evaluate/evaluation.h"

namespace stapes::cli {

struct NamedEvaluation : CropsAndWindow {
  std::string form;  // "packed" or "training"
};

// One object: accuracy, correct and clips (10 crops) of the first form, then all forms by name. A form has open_set if
// the model has a class `unknown` or `background`.
nlohmann::json to_json(const std::vector<NamedEvaluation>& forms, const std::vector<std::string>& labels);

// Accuracies with intervals, then the first form's class table, confusion matrix and open-set figures, if any.
std::string to_text(const std::vector<NamedEvaluation>& forms, const ClipSet& clips);

void print_evaluation(const std::vector<NamedEvaluation>& forms, const ClipSet& clips, bool json);

}  // namespace stapes::cli
