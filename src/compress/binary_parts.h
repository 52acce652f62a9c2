// SPDX-License-Identifier: Apache-2.0
// binary_parts.h: parts of packed binary networks: bits, thresholds, an integer head (docs/explanation/binary.md).
#pragma once

#include <memory>
#include <vector>

#include "compress/batch_norm.h"
#include "compress/eight_bit_layer.h"
#include "compress/threshold.h"
#include "graph/geometry.h"
#include "kernels/relu_f32.h"
#include "packed/model_generated.h"

namespace stapes {

inline constexpr double kPcmScale = 32768;
inline constexpr double kMaxInt32 = 2147483647;

// A binary convolution without thresholds, and the scale of its sums.
struct BinaryLayer {
  packed::fb::ConvBitsT op;
  std::vector<double> alpha;  // [out] value = alpha * sum
  double taps = 0;            // |sum| <= taps
};

BinaryLayer pack_binary_conv(const TrainedNetwork& network, const ConvGeometry& conv, const packed::fb::Window& window);

// The activation after each filter: RPReLU, ReLU, ReLU6 or none.
inline constexpr Activation kIdentity{.threshold = 0, .slope = 1, .offset = 0};
inline constexpr Activation kRelu6{.ceiling = kRelu6Limit};
std::vector<Activation> activations_of(const TrainedNetwork& network, const ConvGeometry& conv);

// The thresholds that replace everything between a convolution's sums and the binary convolution `next`: activation,
// batch norm of `next` (one channel after a transpose) and sign. `before` converts sums to real values.
std::unique_ptr<packed::fb::ThresholdsT> fold_thresholds(const TrainedNetwork& network,
                                                         const std::vector<Activation>& activations,
                                                         const std::vector<Affine>& before, const ConvGeometry& next);

// The head reads sums over the `area` positions of the average-pool; `in` describes one position. Its weights include
// the scale of `in` and 1 / area, in the finest steps that fit int16 and exact int32 sums. logits = scale * q.
struct IntegerHead {
  packed::fb::LinearI16T op;
  float scale = 1;
};
IntegerHead pack_head(const TrainedNetwork& network, const WideActivations& in, double area);

// The largest input of the head, in steps. Values and weights share the 31 bits of its sums equally.
double widest_head_input(int inputs);

}  // namespace stapes
