// SPDX-License-Identifier: Apache-2.0
// quantize_model.h: makes an int8 model from a run or an fp32 model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "compress/layer_error.h"
#include "compress/quantize.h"
#include "runs/chosen_data.h"
#include "runs/quantize/aware_quantization.h"
#include "runs/quantize/quantize_options.h"

namespace stapes {

struct QuantizeRequest {
  std::filesystem::path source, output;  // run folder, .network file or packed fp32 model; packed int8 model
  QuantizeSettings settings;
  std::uint64_t seed = 1;
  Existing existing = Existing::kRefuse;
};

struct Quantization {
  std::filesystem::path file;
  std::uintmax_t file_bytes = 0;
  QuantizeOptions options;
  InputKind kind = InputKind::kSound;
  std::string calibrated_on = "training samples";
  int calibration_samples = 0, report_samples = 0;
  std::optional<AwareOutcome> aware = {};
  std::vector<LayerError> errors = {};
};

struct QuantizeObserver {
  std::function<void(const char* stage, std::size_t done, std::size_t total)> progress;
  std::function<void(const std::string& text)> warning;
};

// As written to the model's provenance.
nlohmann::json options_json(const QuantizeOptions& options);

// Calibrates on the training folds of `chosen`, trains for --aware and writes the model. Throws UsageError if the
// network was trained on the test fold, Error if the data do not fit it. `trainer`: empty without libtorch.
Quantization quantize(const QuantizeRequest& request, const ChosenData& chosen, const AwareTrainer& trainer,
                      const QuantizeObserver& observer);

// Calibrates a network for features on the windows in the file `features`. Compares the two models on the last windows,
// which calibration does not use. Throws UsageError for other networks and for --aware.
Quantization quantize_on_feature_file(const QuantizeRequest& request, const std::filesystem::path& features,
                                      const QuantizeObserver& observer);

}  // namespace stapes
