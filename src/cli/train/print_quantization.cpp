// SPDX-License-Identifier: Apache-2.0
#include "cli/train/print_quantization.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "evaluate/evaluation.h"

namespace stapes::cli {
namespace {

std::string to_text(const AwareOutcome& outcome, InputKind kind) {
  std::string text;
  if (!outcome.candidates.empty()) {
    text += fmt::format("{:<18} {:>10} {:>9}   int8, {}, {} clips held out of the training folds\n", "candidate",
                        "accuracy %", "log loss", crops_name(kind), outcome.choosing_clips);
  }
  for (const Candidate& candidate : outcome.candidates) {
    text += fmt::format("{:<18} {:>10.2f} {:>9.4f}{}\n", candidate.name, candidate.accuracy, candidate.log_loss,
                        candidate.name == outcome.kept ? "   kept" : "");
  }
  return text +
         fmt::format(
             "\nEpochs trained on the 8-bit grid: {}; loss {:.4f}. Accuracy of the int8 model on the test fold, {}:\n"
             "  {:<24} {:.2f} %\n  kept: {:<18} {:.2f} %\n\n",
             outcome.epochs, outcome.loss, crops_name(kind), "after calibration", outcome.accuracy_before, outcome.kept,
             outcome.accuracy_after);
}

}  // namespace

nlohmann::json to_json(const Quantization& done) {
  nlohmann::json json = options_json(done.options);
  json["file"] = done.file.string();
  json["route"] = "int8";
  json["file_bytes"] = done.file_bytes;
  json["calibration_samples"] = done.calibration_samples;
  json["report_samples"] = done.report_samples;
  json["scores_sqnr_db"] = done.errors.back().total_db;
  json["worst_layer"] = worst_layer(done.errors).layer;
  if (done.aware) {
    json["aware_training"] = {{"epochs", done.aware->epochs},
                              {"loss", done.aware->loss},
                              {"accuracy_before", done.aware->accuracy_before},
                              {"accuracy", done.aware->accuracy_after},
                              {"kept", done.aware->kept},
                              {"selected_on", done.aware->candidates.empty() ? "none" : "validation"},
                              {"validation_clips", done.aware->choosing_clips},
                              {"candidates", nlohmann::json::array()}};
    for (const Candidate& candidate : done.aware->candidates) {
      json["aware_training"]["candidates"].push_back(
          {{"name", candidate.name}, {"accuracy", candidate.accuracy}, {"log_loss", candidate.log_loss}});
    }
  }
  for (const LayerError& error : done.errors) {
    json["layers"].push_back({{"name", error.layer}, {"sqnr_db", error.total_db}, {"own_sqnr_db", error.own_db}});
  }
  return json;
}

std::string warning_of(const AwareOutcome& outcome) {
  const bool chosen = !outcome.candidates.empty();  // by accuracy on held-out clips
  if (chosen || outcome.accuracy_after >= outcome.accuracy_before) return "";
  return fmt::format(
      "warning: training on the 8-bit grid lowered the accuracy to {:.2f} % from {:.2f} %; use a lower --lr, or leave "
      "out --aware\n",
      outcome.accuracy_after, outcome.accuracy_before);
}

std::string to_text(const Quantization& done) {
  std::string text = fmt::format("{}: form int8, {} bytes, calibrated on {} {}\n\n", done.file.string(),
                                 done.file_bytes, done.calibration_samples, done.calibrated_on);
  if (done.aware) {
    text += to_text(*done.aware, done.kind);
  }
  std::size_t widest = 8;
  for (const LayerError& error : done.errors) widest = std::max(widest, error.layer.size());
  text += fmt::format("{:<{}} {:>8} {:>8}   signal-to-quantization-noise ratio, dB, over {} other samples\n", "layer",
                      widest, "total", "own", done.report_samples);
  const std::string worst = worst_layer(done.errors).layer;
  for (const LayerError& error : done.errors) {
    text += fmt::format("{:<{}} {:>8.1f} {:>8.1f}{}\n", error.layer, widest, error.total_db, error.own_db,
                        error.layer == worst ? "   adds the most noise" : "");
  }
  return text +
         "\ntotal: with the noise of all layers up to this one; own: with the noise of this layer alone, on exact "
         "inputs\n";
}

}  // namespace stapes::cli
