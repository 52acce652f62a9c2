// SPDX-License-Identifier: Apache-2.0
// print_quantization.h: the output of `stapes quantize`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runs/quantize/quantize_model.h"

namespace stapes::cli {

// One object: file, route, file_bytes, calibration_samples, report_samples, the options, scores_sqnr_db, worst_layer
// and layers. With --aware, also aware_training.
nlohmann::json to_json(const Quantization& done);

// One line if training without selection made the model worse, otherwise "".
std::string warning_of(const AwareOutcome& outcome);

// One line about the file, then a table of the layers and the noisiest layer.
std::string to_text(const Quantization& done);

}  // namespace stapes::cli
