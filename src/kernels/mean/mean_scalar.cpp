// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "kernels/kernel.h"
#include "kernels/mean/mean.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {

// `first`: the channel at the first position.
int32_t sum_of_window(const MeanArgs& a, const int8_t* first) {
  const size_t position = static_cast<size_t>(a.channels);
  const size_t row = static_cast<size_t>(a.in_w) * position;
  int32_t sum = 0;
  for (int32_t h = 0; h < a.pool_h; ++h) {
    const int8_t* at = first + static_cast<size_t>(h) * row;
    for (int32_t w = 0; w < a.pool_w; ++w, at += position) sum += *at - a.in_zero_point;
  }
  return sum;
}

}  // namespace

STAPES_KERNEL void mean_scalar(const MeanArgs& a) noexcept {
  int8_t* out = a.output;
  for (int32_t y = 0; y + a.pool_h <= a.in_h; y += a.pool_h) {
    for (int32_t x = 0; x + a.pool_w <= a.in_w; x += a.pool_w) {
      const size_t position = static_cast<size_t>(y) * static_cast<size_t>(a.in_w) + static_cast<size_t>(x);
      const int8_t* first = a.input + position * static_cast<size_t>(a.channels);
      for (int32_t c = 0; c < a.channels; ++c) {
        const int32_t q = a.out_zero_point + rescale(sum_of_window(a, first + c), a.multiplier, a.shift);
        *out++ = clamp_to<int8_t>(q, -128, 127);
      }
    }
  }
}

}  // namespace stapes
