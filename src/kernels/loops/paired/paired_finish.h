// SPDX-License-Identifier: Apache-2.0
// paired_finish.h: checks whether a channel's constants allow a PairedFinish, and computes it.
#pragma once

#include "kernels/loops/paired/paired_layout.h"
#include "kernels/requantize.h"

namespace stapes {

static inline bool paired_is_constant(const int8_t* filter, int32_t taps) {
  for (int32_t i = 0; i < taps; ++i) {
    if (filter[i] != 0) return false;
  }
  return true;
}

// Up to kMaxRight, offsets and sums fit an int32: |zero point| * 2^22 + 2^21 + 2^30 < 2^31.
static inline bool paired_accepts_shift(int32_t multiplier, int32_t shift) {
  constexpr int32_t kMaxRight = 22;
  return multiplier == 0 || (shift <= -1 && shift >= -kMaxRight);
}

static inline bool paired_accepts_finish(const ConvI8Args<int8_t, int8_t>& a) noexcept {
  if (a.minimum != INT8_MIN || a.maximum != INT8_MAX) return false;
  const int32_t taps = static_cast<int32_t>(filter_size(a.shape));
  const int8_t* filter = a.weights;
  for (int32_t o = 0; o < a.shape.out_c; ++o, filter += taps) {
    if (!paired_accepts_shift(a.multiplier[o], a.shift[o]) && !paired_is_constant(filter, taps)) return false;
  }
  return true;
}

static inline PairedFinish paired_finish(const ConvI8Args<int8_t, int8_t>& a, int32_t o, bool constant) {
  if (constant) {  // whatever the filter's shift
    const int32_t value = a.out_zero_point + rescale(a.bias[o], a.multiplier[o], a.shift[o]);
    return {0, 0, 2 * clamp_to<int8_t>(value, a.minimum, a.maximum), 1};
  }
  const int32_t right = a.multiplier[o] == 0 ? 1 : -a.shift[o];
  return {2 * a.bias[o], a.multiplier[o], a.out_zero_point * (int32_t{1} << right) + (int32_t{1} << (right - 1)),
          right};
}

}  // namespace stapes
