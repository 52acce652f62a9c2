// SPDX-License-Identifier: Apache-2.0
// int8_layers.h: packed int8 layers by the rules of TensorFlow Lite, for all importers.
#pragma once

#include <cstdint>

#include "packed/model_generated.h"

namespace stapes {

inline constexpr int kInt8Min = -128, kInt8Max = 127;
inline constexpr int kUint8Shift = 128;  // from uint8 to int8

// The grid of an activation: real = scale * (q - zero_point).
struct Int8Grid {
  double scale = 1;
  int zero_point = 0;
  bool operator==(const Int8Grid&) const = default;
};

// The only output grid of packed softmax and logistic layers.
inline constexpr Int8Grid kProbabilityGrid{1.0 / 256, -128};

// Converts the limit of a fused activation to the output grid.
std::int16_t limit_on_grid(float value, const Int8Grid& out);

// A dead channel often has a scale near 0 and a bias near 2^30, which our kernels cannot rescale. If the output of such
// a channel is constant, sets the weights to 0 and the bias to the output. Requires `op.minimum` and `op.maximum`.
// `rescale`: the function that the layer uses (kernels/requantize.h).
using Rescale = std::int32_t (*)(std::int32_t x, std::int32_t multiplier, std::int32_t shift);
void fold_constant_channels(packed::fb::ConvI8T& op, const Int8Grid& in, const Int8Grid& out, Rescale rescale);

// An addition without a fused activation.
packed::fb::AddI8T addition_of(double scale_a, double scale_b, double out_scale);

// Throws Error if rescaling the sum overflows.
packed::fb::MeanT mean_of_scales(double in_scale, double out_scale, int pool_h, int pool_w);

// `scale`: of the input; for softmax, times beta. Softmax throws Error for a scale out of range.
packed::fb::SoftmaxT softmax_of_scale(double scale);
packed::fb::LogisticT logistic_of_scale(double scale);

}  // namespace stapes
