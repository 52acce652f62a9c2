// SPDX-License-Identifier: Apache-2.0
// int8_layer.h: converts full-precision tensors, convolutions, additions and heads to 8 bits by the TFLite rules:
// symmetric weights, affine activations per tensor, int32 bias, fixed-point rescale. The caller chooses the activation
// ranges, from calibration or from training.
#pragma once

#include <cstdint>

#include "base/names.h"
#include "compress/range_histogram.h"
#include "packed/model_generated.h"

namespace stapes {

enum class WeightScales {
  kPerChannel,  // one per filter
  kPerTensor,   // one per convolution, as published (arXiv:2108.06128): filters with small weights get few steps
};
template <>
inline constexpr auto kNames<WeightScales> = std::to_array<Named<WeightScales>>(
    {{WeightScales::kPerChannel, "per-channel"}, {WeightScales::kPerTensor, "per-tensor"}});

// Makes `tensor` kI8 with real = scale * (q - zero_point), q in [-128, 127] covering `range`, 0 exactly representable.
void set_affine(packed::fb::TensorT& tensor, Range range);

// The same for the sum of `a` and `b` (with scales set), but with a scale of at least 2^-18 times the larger input
// scale: even if branches nearly cancel, the rescaling remains a right shift.
void set_affine_sum(packed::fb::TensorT& tensor, Range range, const packed::fb::TensorT& a,
                    const packed::fb::TensorT& b);

// The largest 16-bit input with which no sum of a convolution with `taps` weights per filter can overflow.
int widest_value(std::size_t taps);

// Makes `tensor`, the output of `conv` on `in`, kI16 with real = scale * q, |q| <= largest, covering twice `range`: 16
// bits have room for sounds louder than in calibration. The scale of `tensor` is no finer than the scale of the sums of
// `conv`.
void set_wide(packed::fb::TensorT& tensor, Range range, int largest, const packed::fb::ConvF32T& conv,
              WeightScales scales, const packed::fb::TensorT& in);

// `in` and `out` must have their scales; the weights' scales are computed from the weights. `in` is kI8 or kI16. `out`
// is kI8 or, if `in` is kI16, kI16 with values up to `largest`.
packed::fb::ConvI8T quantize_conv(const packed::fb::ConvF32T& conv, WeightScales scales, const packed::fb::TensorT& in,
                                  const packed::fb::TensorT& out, int largest = 127);

// The sum of `a` and `b`, all three kI8 with their scales set. Both branches are rescaled to a common scale, 2^-19
// times the larger branch scale: rounding loses nothing, and the sum of the two cannot overflow.
packed::fb::AddI8T quantize_add(const packed::fb::AddF32T& add, const packed::fb::TensorT& a,
                                const packed::fb::TensorT& b, const packed::fb::TensorT& out);

// One scale for the whole head, so that the int32 scores are directly comparable. Makes `out` kI32.
packed::fb::LinearI8T quantize_head(const packed::fb::LinearF32T& head, const packed::fb::TensorT& in,
                                    packed::fb::TensorT& out);

}  // namespace stapes
