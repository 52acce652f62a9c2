// SPDX-License-Identifier: Apache-2.0
// requantize.h: TFLite's fixed-point rescale (MultiplyByQuantizedMultiplier, double rounding), which defines every int8
// result. Source: Jacob et al. 2018, arXiv:1712.05877, and its gemmlowp primitives.
//
//   rescale(x) = x * multiplier * 2^(shift - 31), rounded twice: to the high word of the product, then by the shift.
//   rescale_once(x), rounded once, is for LiteRT's fully connected layers.
#pragma once

#include <stdint.h>

namespace stapes {

// a * b / 2^31, to nearest, ties up (-1.5 becomes -1), like ARM's SQRDMULH. Not for a = b = INT32_MIN, where SQRDMULH
// saturates.
static inline int32_t rounding_doubling_high_mul(int32_t a, int32_t b) {
  return static_cast<int32_t>((static_cast<int64_t>(a) * b + (int64_t{1} << 30)) >> 31);
}

// x / 2^exponent, to nearest, ties away from zero (-1.5 becomes -2). 0 <= exponent <= 62.
static inline int32_t rounding_divide_by_power_of_two(int32_t x, int32_t exponent) {
  const int64_t mask = (int64_t{1} << exponent) - 1;
  const int64_t remainder = x & mask;
  const int64_t half = (mask >> 1) + (x < 0 ? 1 : 0);
  return static_cast<int32_t>((static_cast<int64_t>(x) >> exponent) + (remainder > half ? 1 : 0));
}

// x / divisor, to nearest, ties away from zero. 1 <= divisor.
static inline int32_t rounding_divide(int32_t x, int32_t divisor) {
  const int32_t half = divisor / 2;
  return (x + (x > 0 ? half : -half)) / divisor;
}

// Precondition, checked by the reader: |x| * 2^max(shift, 0) < 2^30.
static inline int32_t rescale(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  return rounding_divide_by_power_of_two(rounding_doubling_high_mul(x * (int32_t{1} << left), multiplier), right);
}

// x * multiplier * 2^(shift - 31), rounded once to nearest, ties up. Same precondition.
static inline int32_t rescale_once(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t right = 31 - shift;
  return static_cast<int32_t>((static_cast<int64_t>(x) * multiplier + (int64_t{1} << (right - 1))) >> right);
}

template <class Output>
static inline Output clamp_to(int32_t value, int32_t minimum, int32_t maximum) {
  const int32_t low = value < minimum ? minimum : value;
  return static_cast<Output>(low > maximum ? maximum : low);
}

}  // namespace stapes
