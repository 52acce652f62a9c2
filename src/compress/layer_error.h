// SPDX-License-Identifier: Apache-2.0
// layer_error.h: how far each layer of a quantized model is from the full-precision one: the layer that hurts most is
// the one to keep in float, or to calibrate better.
#pragma once

#include <string>
#include <vector>

#include "compress/quantize.h"

namespace stapes {

inline constexpr double kBestSqnrDb = 100;  // what no error at all, or next to none, counts as

// Signal to quantization noise of one layer's output, 10 log10(sum want^2 / sum (want - got)^2) over a window, mean
// over the windows in which the layer gives anything but zeros.
struct LayerError {
  std::string layer;
  double total_db = 0;  // as the quantized model computes it: the errors of all layers up to this one
  double own_db = 0;    // given the exact input, rounded to the input tensor's 8 bits; an addition both of them
};

// One entry for each layer with weights and each addition, in order; the last one is that of the scores. `quantized`
// was made from `fp32`. The windows should be others than those it was calibrated on. Throws Error when there is none.
std::vector<LayerError> layer_errors(const packed::fb::ModelT& fp32, const packed::fb::ModelT& quantized,
                                     const CalibrationWindows& windows);
std::vector<LayerError> layer_errors_on_features(const packed::fb::ModelT& fp32, const packed::fb::ModelT& quantized,
                                                 const FeatureWindows& windows);

// The layer that adds most noise of its own.
const LayerError& worst_layer(const std::vector<LayerError>& errors);

}  // namespace stapes
