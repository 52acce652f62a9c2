// SPDX-License-Identifier: Apache-2.0
// average_windows.h: the mean of each channel over the n positions (i, j) of a window that lie inside the input:
//   output[y][x][c] = sum of input[y * stride_h - pad_h + i][x * stride_w - pad_w + j][c] / n
//   f32: summed in row order;   i8: rounded half away from zero, same scale and zero point (TFLite's AVERAGE_POOL_2D)
// Windows may overlap; each has a position inside the input (checked by the reader). Padding after the last row and
// column affects only out_h and out_w.
#pragma once

#include <stdint.h>

namespace stapes {

template <class Element>  // float, int8_t
struct AverageWindowsArgs {
  const Element* input;  // [in_h][in_w][channels]
  Element* output;       // [out_h][out_w][channels]; must not overlap the input
  int32_t in_h, in_w, channels;
  int32_t out_h, out_w;
  int32_t kernel_h, kernel_w;  // >= 1
  int32_t stride_h, stride_w;  // >= 1
  int32_t pad_h, pad_w;        // before the first row and column, 0 <= pad < kernel
};

void average_windows_f32_scalar(const AverageWindowsArgs<float>& a) noexcept;
void average_windows_i8_scalar(const AverageWindowsArgs<int8_t>& a) noexcept;

}  // namespace stapes
