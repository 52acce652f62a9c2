// conv_i8.h: int8 convolution by the TFLite rules, with fused max-pool.
//   s(y, x, o) = sum over taps inside of weights[o][tap][c] * (input - in_zero_point)
//   output[Y][X][o] = clamp(out_zero_point + rescale(bias[o] + max over the pool of s), minimum, maximum)
// The maximum is taken on the sums: rescale() is monotonic, so the result is that of pooling afterwards. Padding holds
// in_zero_point, that is 0.
#pragma once

#include <stdint.h>

#include "kernels/conv_shape.h"

namespace stapes {

template <class Input>  // int8_t, or int16_t for PCM (in_zero_point 0)
struct ConvI8Args {
  ConvShape shape;
  const int8_t* weights;      // [out_c][kernel_h][kernel_w][in_c]
  const int32_t* bias;        // [out_c]
  const int32_t* multiplier;  // [out_c], requantize.h
  const int32_t* shift;       // [out_c]
  const Input* input;         // [in_h][in_w][in_c]
  int8_t* output;             // [out_h][out_w][out_c]; must not overlap the input
  int32_t in_zero_point, out_zero_point;
  int32_t minimum, maximum;
};
using ConvI8Fn = void (*)(const ConvI8Args<int8_t>&) noexcept;
using ConvI8FromI16Fn = void (*)(const ConvI8Args<int16_t>&) noexcept;

void conv_i8_scalar(const ConvI8Args<int8_t>& a) noexcept;
void conv_i8_from_i16_scalar(const ConvI8Args<int16_t>& a) noexcept;

}  // namespace stapes
