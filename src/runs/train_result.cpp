// SPDX-License-Identifier: Apache-2.0
#include "runs/train_result.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace stapes {
namespace {

using nlohmann::json;

json or_null(const std::optional<double>& value) { return value ? json(*value) : json(); }

std::optional<double> optional_number(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<double>();
}

}  // namespace

json to_json(const TrainResult& result) {
  json object = {{"epochs", result.epochs},
                 {"last_accuracy", result.last_accuracy},
                 {"best_accuracy", result.best_accuracy},
                 {"best_epoch", result.best_epoch},
                 {"selected_on", result.selected_on},
                 {"ema_accuracy", or_null(result.ema_accuracy)},
                 {"best_validation_accuracy", or_null(result.best_validation_accuracy)},
                 {"clips_per_second", result.clips_per_second},
                 {"seconds", result.seconds}};
  if (result.detector) object["detector"] = to_json(*result.detector);  // only with --select detector
  return object;
}

TrainResult train_result_from_json(const json& json, const std::string& where) {
  TrainResult result;
  try {
    json.at("epochs").get_to(result.epochs);
    json.at("last_accuracy").get_to(result.last_accuracy);
    json.at("best_accuracy").get_to(result.best_accuracy);
    json.at("best_epoch").get_to(result.best_epoch);
    json.at("selected_on").get_to(result.selected_on);
    result.ema_accuracy = optional_number(json.at("ema_accuracy"));
    result.best_validation_accuracy = optional_number(json.at("best_validation_accuracy"));
    if (json.contains("detector")) result.detector = detector_figures_from_json(json.at("detector"));
    json.at("clips_per_second").get_to(result.clips_per_second);
    json.at("seconds").get_to(result.seconds);
  } catch (const nlohmann::json::exception&) {
    throw Error("{} is damaged; run `stapes train --resume` on its folder to write it again", where);
  }
  return result;
}

}  // namespace stapes
