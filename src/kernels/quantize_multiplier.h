// SPDX-License-Identifier: Apache-2.0
// quantize_multiplier.h: converts a real factor to the fixed-point pair that requantize.h applies. Host only.
#pragma once

#include <math.h>
#include <stdint.h>

namespace stapes {

struct FixedPointFactor {
  int32_t multiplier;  // Q31 in [2^30, 2^31), or 0
  int32_t shift;       // factor = multiplier * 2^(shift - 31)
};

// `factor` >= 0 and finite. As in TFLite, factors below 2^-32 become {0, 0}; factors from 2^30 up become the largest
// pair.
inline FixedPointFactor quantize_multiplier(double factor) {
  int shift = 0;
  int64_t multiplier = llround(frexp(factor, &shift) * 2147483648.0);
  if (multiplier == int64_t{1} << 31) {
    multiplier /= 2;
    ++shift;
  }
  if (multiplier == 0 || shift < -31) return {0, 0};
  if (shift > 30) return {INT32_MAX, 30};
  return {static_cast<int32_t>(multiplier), shift};
}

}  // namespace stapes
