// SPDX-License-Identifier: Apache-2.0
// softmax_params.h: derives the parameters of softmax.h from the input's scale by the TFLite rules. Host only.
#pragma once

#include <math.h>
#include <stdint.h>

#include "kernels/quantize_multiplier.h"

namespace stapes {

// TensorFlow Lite would shift by a negative number for smaller scales.
inline bool softmax_takes_scale(double scale) { return scale > ldexp(1, -26) && isfinite(scale); }
inline bool logistic_takes_scale(double scale) { return scale >= ldexp(1, -28) && isfinite(scale); }

struct ExponentParams {
  int32_t multiplier, shift;
  int32_t radius;  // the largest n <= `limit` for which n * 2^shift represents at most 2^integer_bits - 1
};

// Exponents have `integer_bits` integer bits and 31 - integer_bits fraction bits.
inline ExponentParams exponent_params(double scale, int integer_bits, int32_t limit) {
  const double factor = ldexp(scale, 31 - integer_bits);
  const FixedPointFactor fixed = quantize_multiplier(factor);
  int shift = fixed.shift;
  if (factor >= 1073741824.0) frexp(factor, &shift);  // past the largest shift: the radius becomes 0
  const double radius = floor(ldexp(ldexp(1, integer_bits) - 1, 31 - integer_bits - shift));
  return {fixed.multiplier, fixed.shift, radius < limit ? static_cast<int32_t>(radius) : limit};
}

// `scale`: the scale of the input times beta.
struct SoftmaxParams {
  int32_t multiplier, shift, diff_min;
};
inline SoftmaxParams softmax_params(double scale) {
  const ExponentParams p = exponent_params(scale, 5, 255);
  return {p.multiplier, p.shift, -p.radius};
}

struct LogisticParams {
  int32_t multiplier, shift, range_radius;
};
inline LogisticParams logistic_params(double scale) {
  const ExponentParams p = exponent_params(scale, 4, 256);
  return {p.multiplier, p.shift, p.radius};
}

}  // namespace stapes
