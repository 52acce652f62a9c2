// SPDX-License-Identifier: Apache-2.0
#include "train/curves.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "plot/line_chart.h"

namespace stapes {
namespace {

Line line_of(const std::vector<nlohmann::json>& metrics, const std::string& key, const std::string& name) {
  Line line{name, {}};
  for (const nlohmann::json& epoch : metrics) {
    if (!epoch.contains(key) || !epoch[key].is_number()) continue;
    line.points.emplace_back(epoch.value("epoch", 0), epoch[key].get<double>());
  }
  return line;
}

}  // namespace

std::string training_curves(const std::vector<nlohmann::json>& metrics, const TrainConfig& config) {
  const bool validates = holds_out(config.select);
  Panel accuracy{.y_label = "accuracy (%)", .lines = {}, .y_range = {{0, 100}}};
  const std::string key = validates ? "validation_accuracy" : "accuracy";
  const std::string ema_key = validates ? "validation_ema_accuracy" : "ema_accuracy";
  const std::string judge = validates ? "validation clips" : fmt::format("test fold {}", config.fold);
  accuracy.lines.push_back(line_of(metrics, key, "weights after each epoch, " + judge));
  if (config.ema_decay > 0) accuracy.lines.push_back(line_of(metrics, ema_key, "averaged weights (EMA)"));
  return line_chart(fmt::format("{} epochs, seed {}, test fold {}", config.epochs, config.seed, config.fold), "epoch",
                    {{.y_label = "loss (KL, nats)", .lines = {line_of(metrics, "loss", "training samples")}},
                     accuracy,
                     {.y_label = "learning rate", .lines = {line_of(metrics, "learning_rate", "")}}});
}

}  // namespace stapes
