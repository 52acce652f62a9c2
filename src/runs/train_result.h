// SPDX-License-Identifier: Apache-2.0
// train_result.h: the outcome of a finished training run, stored as result.json in its folder.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "evaluate/detector_figures.h"

namespace stapes {

// Accuracies in percent: training form, 10 crops, test fold.
struct TrainResult {
  int epochs = 0;
  double last_accuracy = 0;  // after the last epoch, without selection
  double best_accuracy = 0;  // of the best evaluated epoch
  int best_epoch = 0;        // 1-based
  // How best_epoch was selected: "test" (biased upward), "validation" or "detector".
  std::string selected_on = "test";
  std::optional<double> ema_accuracy = {};              // of the averaged weights after the last epoch
  std::optional<double> best_validation_accuracy = {};  // best epoch, on the validation clips
  std::optional<DetectorFigures> detector = {};         // only for "detector": best epoch, on validation clips
  double clips_per_second = 0;                          // training clips, in the last epoch
  double seconds = 0;                                   // across sessions
};

nlohmann::json to_json(const TrainResult& result);
TrainResult train_result_from_json(const nlohmann::json& json, const std::string& where);  // Error names `where`

}  // namespace stapes
