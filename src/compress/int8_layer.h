// SPDX-License-Identifier: Apache-2.0
// int8_layer.h: conversion to 8 bits by the TFLite rules: symmetric weights, affine activations per tensor, int32 bias,
// fixed-point rescale. The caller chooses the activation ranges.
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

// Sets `tensor` to kI8 with a grid real = scale * (q - zero_point), q in [-128, 127], covering `range` and 0.
void set_affine(packed::fb::TensorT& tensor, Range range);

// The same for the sum of `a` and `b`, which must have scales. The scale is at least 2^-18 times the larger input
// scale, so that the rescaling is a right shift.
void set_affine_sum(packed::fb::TensorT& tensor, Range range, const packed::fb::TensorT& a,
                    const packed::fb::TensorT& b);

// The largest 16-bit input for which the sums of a convolution with `taps` weights per filter cannot overflow.
int widest_value(std::size_t taps);

// Sets `tensor`, the output of `conv` on `in`, to kI16 with real = scale * q, |q| <= largest. Covers twice `range`, as
// headroom for sounds louder than the calibration clips. The scale is at least twice the scale of the sums of `conv`.
void set_wide(packed::fb::TensorT& tensor, Range range, int largest, const packed::fb::ConvF32T& conv,
              WeightScales scales, const packed::fb::TensorT& in);

// `in` (kI8 or kI16) and `out` must have scales. `out` is kI8, or kI16 with values up to `largest` if `in` is kI16.
packed::fb::ConvI8T quantize_conv(const packed::fb::ConvF32T& conv, WeightScales scales, const packed::fb::TensorT& in,
                                  const packed::fb::TensorT& out, int largest = 127);

// The sum of `a` and `b`; all tensors must be kI8 with scales. Both branches are rescaled to 2^-19 times the larger
// branch scale: rounding errors are negligible, and the sum cannot overflow.
packed::fb::AddI8T quantize_add(const packed::fb::AddF32T& add, const packed::fb::TensorT& a,
                                const packed::fb::TensorT& b, const packed::fb::TensorT& out);

// One scale for all classes makes the int32 scores comparable. Sets `out` to kI32.
packed::fb::LinearI8T quantize_head(const packed::fb::LinearF32T& head, const packed::fb::TensorT& in,
                                    packed::fb::TensorT& out);

}  // namespace stapes
