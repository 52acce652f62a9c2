// conv_f32.h: float convolution with bias, fused max-pool and ReLU.
//   s(y, x, o) = bias[o] + sum over tap_h of dot_f32(weights[o][tap_h][inside][:], input row)
//   output[Y][X][o] = max over the pool of s, then max(., 0) if relu
#pragma once

#include <stdint.h>

#include "kernels/conv_shape.h"

namespace stapes {

struct ConvF32Args {
  ConvShape shape;
  const float* weights;  // [out_c][kernel_h][kernel_w][in_c]
  const float* bias;     // [out_c]
  const float* input;    // [in_h][in_w][in_c]
  float* output;         // [out_h][out_w][out_c]; must not overlap the input
  bool relu;
};
using ConvF32Fn = void (*)(const ConvF32Args&) noexcept;

void conv_f32_scalar(const ConvF32Args& a) noexcept;

}  // namespace stapes
