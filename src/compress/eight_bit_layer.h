// SPDX-License-Identifier: Apache-2.0
// eight_bit_layer.h: an 8-bit convolution in a binary network: int8 weights, 16-bit inputs and 16-bit outputs (bits if
// a binary layer follows). Batch norm and ReLU are folded in.
//
// Needs no calibration: 16 bits cover any range that the batch norm's statistics allow.
#pragma once

#include <vector>

#include "compress/batch_norm.h"
#include "graph/geometry.h"
#include "packed/model_generated.h"

namespace stapes {

inline constexpr double kLargestWide = 32767;

// 16-bit activations: real = scale[c] * q, |q| <= limit.
struct WideActivations {
  std::vector<double> scale;  // [channels]
  double limit = 0;
};

// Weights are quantized per filter.
struct EightBitLayer {
  packed::fb::ConvI8T op;           // window and weights
  std::vector<Affine> before_relu;  // [out] value = scale * sum + shift, scale > 0
  std::vector<double> range;        // [out] the largest value to represent
  bool rectified = true;            // has a ReLU
  double ceiling = 0;               // the limit of ReLU6; infinity without ReLU6
};

EightBitLayer quantize_eight_bit(const TrainedNetwork& network, const ConvGeometry& conv, const WideActivations& in,
                                 const packed::fb::Window& window);

// Completes `layer` with 16-bit outputs of at most `limit` steps (1 to 32767). Returns their scales and limit.
WideActivations give_wide(EightBitLayer& layer, double limit);

// The largest input, in steps, with which the layer's int32 sums cannot overflow; at most 32767.
double widest_input(const ConvGeometry& conv);

}  // namespace stapes
