// SPDX-License-Identifier: Apache-2.0
// max_pool.h: the largest value of each channel in each window.
//   output[y][x][c] = max input[y * stride_h - pad_h + i][x * stride_w - pad_w + j][c]
//                     over the kernel_h x kernel_w positions (i, j) inside the input
//   bits: OR of the packed words (bits.h): +1 if any value is +1
// Each window has a position inside the input (checked by the reader). Padding after the last row and column affects
// only out_h and out_w. Quantized values keep their scale and zero point. A NaN in a float input may be lost.
#pragma once

#include <stdint.h>

namespace stapes {

template <class Element>
struct MaxPoolArgs {
  const Element* input;  // [in_h][in_w][channels]; bits: [in_h][in_w][words of channels]
  Element* output;       // [out_h][out_w][channels], bits likewise; must not overlap the input
  int32_t in_h, in_w, channels;
  int32_t out_h, out_w;
  int32_t kernel_h, kernel_w;  // >= 1
  int32_t stride_h, stride_w;  // >= 1
  int32_t pad_h, pad_w;        // before the first row and column, 0 <= pad < kernel
};

void max_pool_f32_scalar(const MaxPoolArgs<float>& a) noexcept;
void max_pool_i8_scalar(const MaxPoolArgs<int8_t>& a) noexcept;
void max_pool_i16_scalar(const MaxPoolArgs<int16_t>& a) noexcept;
void max_pool_i32_scalar(const MaxPoolArgs<int32_t>& a) noexcept;
void max_pool_bits_scalar(const MaxPoolArgs<uint32_t>& a) noexcept;

}  // namespace stapes
