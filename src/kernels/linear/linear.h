// SPDX-License-Identifier: Apache-2.0
// linear.h: fully connected layer.
//   f32: output[o] = bias[o] + dot_f32(weights[o], input); int8 inputs are dequantized as they are read
//   i8:  output[o] = bias[o] + sum weights[o][i] * (input[i] - zero_point)
//   i16: output[o] = bias[o] + sum weights[o][i] * input[i]                   (int16 weights, int32 input)
//   i8 to i8, by the TFLite rules (kernels/requantize.h):
//        output[o] = clamp(out_zero_point + rescale(bias[o] + sum weights[o][i] * (input[i] - in_zero_point)),
//                          minimum, maximum)
//        linear_i8_once: the same, with rescale_once()
// Integer sums are exact in int32; the reader bounds them.
#pragma once

#include <stdint.h>

namespace stapes {

template <class Weight, class Input, class Output>
struct LinearArgs {
  const Weight* weights;  // [outputs][inputs]
  const Output* bias;     // [outputs]
  const Input* input;     // [inputs]
  Output* output;         // [outputs]; must not overlap the input
  int32_t inputs, outputs;
  int32_t zero_point;  // of an i8 input
  float scale;         // of an i8 input, if the output is f32
};
using LinearF32Args = LinearArgs<float, float, float>;
using LinearF32FromI8Args = LinearArgs<float, int8_t, float>;
using LinearI8Args = LinearArgs<int8_t, int8_t, int32_t>;
using LinearI16Args = LinearArgs<int16_t, int32_t, int32_t>;

struct LinearI8ToI8Args {
  const int8_t* weights;      // [outputs][inputs]
  const int32_t* bias;        // [outputs]
  const int32_t* multiplier;  // [outputs], 2^30 to 2^31 - 1, or 0 with shift 0
  const int32_t* shift;       // [outputs], -31 to 30; |bias + sum| * 2^max(shift, 0) < 2^30
  const int8_t* input;        // [inputs]
  int8_t* output;             // [outputs]; must not overlap the input
  int32_t inputs, outputs;
  int32_t in_zero_point, out_zero_point;  // in the range of int8
  int32_t minimum, maximum;               // in the range of int8, minimum <= maximum
};

void linear_f32_scalar(const LinearF32Args& a) noexcept;
void linear_f32_from_i8_scalar(const LinearF32FromI8Args& a) noexcept;
void linear_i8_scalar(const LinearI8Args& a) noexcept;
void linear_i16_scalar(const LinearI16Args& a) noexcept;
void linear_i8_to_i8_scalar(const LinearI8ToI8Args& a) noexcept;
void linear_i8_once_scalar(const LinearI8ToI8Args& a) noexcept;

}  // namespace stapes
