// SPDX-License-Identifier: Apache-2.0
// eight_bit_layer.h: a convolution that a binary network keeps in 8 bits: int8 weights and 16-bit activations on both
// sides, or output bits if a binary layer follows. Its batch norm and ReLU come after it and are folded in.
//
// No calibration clips are needed: 16 bits hold any range that the batch norm's own statistics allow, with room for
// loud windows, and still leave quiet ones many steps.
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

// The layer with weights quantized per filter.
struct EightBitLayer {
  packed::fb::ConvI8T op;           // window and weights
  std::vector<Affine> before_relu;  // [out] value = scale * sum + shift, scale > 0
  std::vector<double> range;        // [out] the largest value to hold
  bool rectified = true;            // by a ReLU
  double ceiling = 0;               // of a ReLU6; infinite without
};

// Convolution `conv` of the network on `in`.
EightBitLayer quantize_eight_bit(const TrainedNetwork& network, const ConvGeometry& conv, const WideActivations& in,
                                 const packed::fb::Window& window);

// Completes `layer` with 16-bit outputs of at most `limit` steps, 1 .. 32767, after its ReLU if it has one; returns
// their scales and limit.
WideActivations give_wide(EightBitLayer& layer, double limit);

// The most steps an input of the layer may have without overflow of its int32 sums: at most 32767.
double widest_input(const ConvGeometry& conv);

}  // namespace stapes
