// SPDX-License-Identifier: Apache-2.0
// channel_rescale.h: rescales many sums by one factor, on cores with few registers.
#pragma once

#include <stdint.h>

#include "kernels/always_inline.h"
#include "kernels/requantize.h"

namespace stapes {

// rounding_doubling_high_mul() with 32-bit products only, for |x| < 2^30 and multiplier >= 0. With x = xh * 2^16 + xl
// (xl signed) and multiplier = mh * 2^16 + ml, nothing overflows.
static inline int32_t doubling_high_mul_of_halves(int32_t x, int32_t multiplier) {
  const int32_t xl = static_cast<int16_t>(x), xh = (x - xl) >> 16;
  const int32_t ml = multiplier & 0xFFFF, mh = multiplier >> 16;
  return 2 * xh * mh + ((xh * ml + xl * mh + ((xl * ml) >> 16) + (1 << 14)) >> 15);
}

// The same, with a 64-bit product if the core has one.
static inline int32_t doubling_high_mul(int32_t x, int32_t multiplier) {
#if defined(__ARM_ARCH_6M__)  // a 64-bit product is a library call
  return doubling_high_mul_of_halves(x, multiplier);
#else
  const int64_t product = int64_t{2 * x} * multiplier;
  return static_cast<int32_t>(product >> 32) + static_cast<int32_t>(static_cast<uint32_t>(product) >> 31);
#endif
}

// rescale() for one channel, with precomputed constants:
//   high = (x * 2^left * multiplier + 2^30) / 2^31, then (high + half - (high < 0 and right > 0)) / 2^right
// Both divisions round down; half = 2^(right - 1), or 0 if right = 0.
class ChannelRescale {
 public:
  ChannelRescale(int32_t multiplier, int32_t shift)
      : multiplier_(multiplier),
        left_(shift > 0 ? shift : 0),
        right_(shift > 0 ? 0 : -shift),
        half_(right_ > 0 ? int32_t{1} << (right_ - 1) : 0),
        sign_(right_ > 0 ? -1 : 0) {}

  int32_t operator()(int32_t x) const {
#if defined(__ARM_FEATURE_DSP)
    // SMMULR computes (2 * x * multiplier + 2^31) / 2^32, the same value. 2 * x fits an int32, since
    // |x * 2^left| < 2^30 (requantize.h).
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(x * (int32_t{2} << left_)), "r"(multiplier_));
#else
    const int32_t high = doubling_high_mul(x * (int32_t{1} << left_), multiplier_);
#endif
    return (high + half_ + ((high >> 31) & sign_)) >> right_;
  }

 private:
  int32_t multiplier_, left_, right_, half_, sign_;
};

template <class Output>
STAPES_ALWAYS_INLINE void store_clamped(Output* to, int32_t value, int32_t minimum, int32_t maximum) {
  *to = clamp_to<Output>(value, minimum, maximum);
}

static inline int8_t saturate_to_int8(int32_t value) {
#if defined(__ARM_FEATURE_SAT)
  int32_t saturated;
  __asm__("ssat %0, #8, %1" : "=r"(saturated) : "r"(value));
  return static_cast<int8_t>(saturated);
#else
  return clamp_to<int8_t>(value, INT8_MIN, INT8_MAX);
#endif
}

}  // namespace stapes
