// SPDX-License-Identifier: Apache-2.0
// layer_error.h: how far each layer of a quantized model is from the full-precision model.
#pragma once

#include <string>
#include <vector>

#include "compress/quantize.h"

namespace stapes {

inline constexpr double kBestSqnrDb = 100;  // reported for no error, or almost none

// Signal-to-quantization-noise ratio of one layer's output: 10 log10(sum want^2 / sum (want - got)^2) per window,
// averaged over the windows in which the output is not all zero.
struct LayerError {
  std::string layer;
  double total_db = 0;  // includes the errors of all earlier layers
  double own_db = 0;    // with exact inputs, rounded to the grids of the input tensors
};

// One entry for each layer with weights and each addition, in order; the last is for the scores. `quantized` must be
// made from `fp32`. Use windows that calibration did not use. Throws Error without windows.
std::vector<LayerError> layer_errors(const packed::fb::ModelT& fp32, const packed::fb::ModelT& quantized,
                                     const CalibrationWindows& windows);
std::vector<LayerError> layer_errors_on_features(const packed::fb::ModelT& fp32, const packed::fb::ModelT& quantized,
                                                 const FeatureWindows& windows);

// The layer with the lowest own_db.
const LayerError& worst_layer(const std::vector<LayerError>& errors);

}  // namespace stapes
