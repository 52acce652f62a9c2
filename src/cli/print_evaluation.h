// SPDX-License-Identifier: Apache-2.0
// print_evaluation.h: the output of `stapes eval`, for the packed and the training form.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "evaluate/evaluation.h"

namespace stapes::cli {

struct NamedEvaluation : CropsAndWindow {
  std::string form;  // "packed" or "training"
};

// One object: accuracy, correct, clips (10 crops) of the first form, then every form by name. Each form has an
// open_set if the model has a class `unknown` or `background`.
nlohmann::json to_json(const std::vector<NamedEvaluation>& forms, const std::vector<std::string>& labels);

// Accuracies with intervals, then the first form's per-class table, confusion matrix and, if the model has a class
// `unknown` or `background`, open-set figures.
std::string to_text(const std::vector<NamedEvaluation>& forms, const ClipSet& clips);

// Prints to_text() or to_json() on stdout.
void print_evaluation(const std::vector<NamedEvaluation>& forms, const ClipSet& clips, bool json);

}  // namespace stapes::cli
