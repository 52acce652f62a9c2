// SPDX-License-Identifier: Apache-2.0
// print_quantization.h: what `stapes quantize` says of the model it made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compress/layer_error.h"
#include "compress/quantize.h"
#include "evaluate/packed_choice.h"

namespace stapes::cli {

// Accuracies are percent, 10 crops, on the test fold, of the packed integer model before training and of what is kept.
struct AwareOutcome {
  int epochs = 0;
  double loss = 0;  // of the last epoch
  double accuracy_before = 0, accuracy_after = 0;
  std::string kept = {};                   // "calibration", "epoch 7", "averaged weights"
  std::vector<Candidate> candidates = {};  // judged on the clips to choose by; none: the last epoch is kept
  std::size_t choosing_clips = 0;
};

struct Quantization {
  std::filesystem::path file;
  std::uintmax_t file_bytes = 0;
  QuantizeOptions options;
  bool images = false;  // the model is of images, not of sound
  std::string calibrated_on = "training samples";
  int calibration_samples = 0, report_samples = 0;
  std::optional<AwareOutcome> aware = {};
  std::vector<LayerError> errors = {};
};

// The options as they are written into the model's provenance.
nlohmann::json options_json(const QuantizeOptions& options);

// One object: file, route, file_bytes, calibration_samples, the options, scores_sqnr_db, worst_layer and all layers;
// after --aware also aware_training.
nlohmann::json to_json(const Quantization& done);

// One line where training made the model worse and nothing was chosen, else "".
std::string warning_of(const AwareOutcome& outcome);

// One line about the file, then a table of the layers that names the one that hurts most.
std::string to_text(const Quantization& done);

}  // namespace stapes::cli
