// SPDX-License-Identifier: Apache-2.0
// layer_error.h: how far each layer of a quantized model is from the full-precision one. The worst layer is the one to
// keep in float or to calibrate better.
#pragma once

#include <string>
#include <vector>

#include "compress/quantize.h"

namespace stapes {

inline constexpr double kBestSqnrDb = 100;  // the value for no error, or next to none

// Signal to quantization noise of one layer's output, 10 log10(sum want^2 / sum (want - got)^2) over a window, mean
// over the windows in which the layer outputs anything but zeros.
struct LayerError {
  std::string layer;
  double total_db = 0;  // as the quantized model computes it: includes the errors of all earlier layers
  double own_db = 0;    // given the exact input, or for an addition both, rounded to the input tensor's 8 bits
};

// One entry for each layer with weights and each addition, in order; the last is for the scores. `quantized` was made
// from `fp32`. Use other windows than for calibration. Throws Error if there are none.
std::vector<LayerError> layer_errors(const packed::fb::ModelT& fp32, const packed::fb::ModelT& quantized,
                                     const CalibrationWindows& windows);
std::vector<LayerError> layer_errors_on_features(const packed::fb::ModelT& fp32, const packed::fb::ModelT& quantized,
                                                 const FeatureWindows& windows);

// The layer that itself adds the most noise.
const LayerError& worst_layer(const std::vector<LayerError>& errors);

}  // namespace stapes
