// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "kernels/average_pool/average_pool.h"
#include "kernels/kernel.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {

template <class Sum, class Input, class Output, class Finish>
void pool(const AveragePoolArgs<Input, Output>& a, Finish finish) {
  Output* out = a.output;
  for (int32_t y = 0; y + a.pool_h <= a.in_h; y += a.pool_h) {
    for (int32_t x = 0; x + a.pool_w <= a.in_w; x += a.pool_w) {
      for (int32_t c = 0; c < a.channels; ++c) {
        Sum sum = 0;
        for (int32_t p = 0; p < a.pool_h * a.pool_w; ++p) {
          const size_t position = static_cast<size_t>(y + p / a.pool_w) * static_cast<size_t>(a.in_w) +
                                  static_cast<size_t>(x + p % a.pool_w);
          sum += a.input[position * static_cast<size_t>(a.channels) + static_cast<size_t>(c)];
        }
        *out++ = finish(sum);
      }
    }
  }
}

}  // namespace

STAPES_KERNEL void average_pool_f32_scalar(const AveragePoolArgs<float, float>& a) noexcept {
  const float area = static_cast<float>(a.pool_h * a.pool_w);
  pool<float>(a, [area](float sum) { return sum / area; });
}

STAPES_KERNEL void average_pool_i8_scalar(const AveragePoolArgs<int8_t, int8_t>& a) noexcept {
  const int32_t area = a.pool_h * a.pool_w;
  pool<int32_t>(a, [area](int32_t sum) { return static_cast<int8_t>(rounding_divide(sum, area)); });
}

STAPES_KERNEL void sum_pool_i16_scalar(const AveragePoolArgs<int16_t, int32_t>& a) noexcept {
  pool<int32_t>(a, [](int32_t sum) { return sum; });
}

STAPES_KERNEL void sum_pool_i32_scalar(const AveragePoolArgs<int32_t, int32_t>& a) noexcept {
  const int32_t half = a.shift > 0 ? int32_t{1} << (a.shift - 1) : 0;
  pool<int32_t>(a, [&a, half](int32_t sum) { return (sum + half) >> a.shift; });
}

}  // namespace stapes
