// SPDX-License-Identifier: Apache-2.0
// int8_layer.h: a full-precision tensor, convolution, addition or head as an 8-bit one by the TFLite rules: symmetric
// weights, affine activations per tensor, int32 bias, fixed-point rescale. The caller chooses their ranges: from
// calibration after training, or learned in training.
#pragma once

#include <cstdint>

#include "base/names.h"
#include "compress/range_histogram.h"
#include "packed/model_generated.h"

namespace stapes {

enum class WeightScales {
  kPerChannel,  // one per filter
  kPerTensor,   // one per convolution, as published (arXiv:2108.06128): filters with small weights get few of its steps
};
template <>
inline constexpr auto kNames<WeightScales> = std::to_array<Named<WeightScales>>(
    {{WeightScales::kPerChannel, "per-channel"}, {WeightScales::kPerTensor, "per-tensor"}});

// Makes `tensor` kI8 with real = scale * (q - zero_point), q in [-128, 127] covering `range`, 0 exactly representable.
void set_affine(packed::fb::TensorT& tensor, Range range);

// The same for the sum of `a` and `b`, which have their scales, but no finer than twice the larger one's 2^-19: even if
// branches nearly cancel, the rescaling remains a right shift.
void set_affine_sum(packed::fb::TensorT& tensor, Range range, const packed::fb::TensorT& a,
                    const packed::fb::TensorT& b);

// The largest value a 16-bit input of a convolution with `taps` weights a filter may have, so that no sum overflows.
int widest_value(std::size_t taps);

// Makes `tensor` kI16 with real = scale * q, |q| <= largest, covering twice `range`: 16 bits have room for sounds
// louder than in calibration. No finer than the sums of `conv` on `in`, which produces it.
void set_wide(packed::fb::TensorT& tensor, Range range, int largest, const packed::fb::ConvF32T& conv,
              WeightScales scales, const packed::fb::TensorT& in);

// `in` is kI8 or kI16, `out` kI8 or, with values up to `largest`, kI16 (`in` too then); both have their scale. The
// weights' scales follow from the weights.
packed::fb::ConvI8T quantize_conv(const packed::fb::ConvF32T& conv, WeightScales scales, const packed::fb::TensorT& in,
                                  const packed::fb::TensorT& out, int largest = 127);

// The sum of `a` and `b`, all three kI8 with their scales set. Both branches are rescaled to twice the larger of their
// scales, in which the sum of two cannot overflow, and 20 bits finer, so that their rounding loses nothing.
packed::fb::AddI8T quantize_add(const packed::fb::AddF32T& add, const packed::fb::TensorT& a,
                                const packed::fb::TensorT& b, const packed::fb::TensorT& out);

// One scale for the whole head, so that the int32 scores are directly comparable. Makes `out` kI32.
packed::fb::LinearI8T quantize_head(const packed::fb::LinearF32T& head, const packed::fb::TensorT& in,
                                    packed::fb::TensorT& out);

}  // namespace stapes
