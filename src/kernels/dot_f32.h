// SPDX-License-Identifier: Apache-2.0
// dot_f32.h: the order of additions that defines the float kernels.
//
//   lane[j] = sum over i of a[8i + j] * real(b[8i + j]);   result = ((0+4)+(2+6)) + ((1+5)+(3+7)) over the lanes
//
// Vector units can add eight lanes in the same order. A single running sum would cost four cycles per product.
#pragma once

#include <stdint.h>

namespace stapes {

// `real` converts an element of b to float (quantize_f32.h).
template <class Stored, class Real>
static inline float dot_f32(const float* a, const Stored* b, int32_t n, Real real) {
  float lane[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  int32_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (int32_t j = 0; j < 8; ++j) lane[j] += a[i + j] * real(b[i + j]);
  }
  for (int32_t j = 0; i + j < n; ++j) lane[j] += a[i + j] * real(b[i + j]);
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

}  // namespace stapes
