// SPDX-License-Identifier: Apache-2.0
// narrow_finish.h: what becomes of the sums of narrow_conv.h: rescaled integers or one bit per channel.
#pragma once

#include <stdint.h>

#include "kernels/bits.h"
#include "kernels/choice.h"
#include "kernels/loops/narrow/narrow_conv.h"
#include "kernels/requantize.h"

namespace stapes {

// rescale() for one channel, with what depends on the channel alone worked out:
//   high = (x * 2^left * multiplier + 2^30) / 2^31, then (high + half - (high < 0 and right > 0)) / 2^right
// both rounded down, half = 2^(right - 1), 0 where right = 0.
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
    // (2 * x * multiplier + 2^31) / 2^32 is the same; 2 * x fits, as |x * 2^left| < 2^30 (requantize.h).
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(x * (int32_t{2} << left_)), "r"(multiplier_));
#else
    const int32_t high = rounding_doubling_high_mul(x * (int32_t{1} << left_), multiplier_);
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

// The operators with bias, multiplier and shift.
template <class M, class Args>
STAPES_ALWAYS_INLINE void run_narrow_any(const ConvShape& s, const NarrowLayout& l, const Args& a, Choice<false>) {
  auto* output = a.output;
  const auto start_tile = [&](int32_t y, int32_t x, int32_t) {
    output = a.output + (static_cast<ptrdiff_t>(y) * s.out_w + x) * s.out_c;
  };
  run_narrow<M>(s, l, a.input, a.in_zero_point, a.memory, start_tile, [&](int32_t o) {
    const ChannelRescale rescale(a.multiplier[o], a.shift[o]);
    const int32_t excess = M::kRaw ? static_cast<const int32_t*>(a.memory.prepared)[o] : 0;
    return [&a, &s, rescale, bias = a.bias[o] - excess, to = output + o](int32_t p, int32_t sum) {
      store_clamped(to + p * s.out_c, a.out_zero_point + rescale(sum + bias), a.minimum, a.maximum);
    };
  });
}

// Those with thresholds.
template <class M, class Args>
STAPES_ALWAYS_INLINE void run_narrow_any(const ConvShape& s, const NarrowLayout& l, const Args& a, Choice<true>) {
  const int32_t words = words_of_bits(s.out_c);
  uint32_t* output = a.output;
  const auto start_tile = [&](int32_t y, int32_t x, int32_t positions) {
    output = a.output + (static_cast<ptrdiff_t>(y) * s.out_w + x) * words;
    for (int32_t i = 0; i < positions * words; ++i) output[i] = 0;
  };
  run_narrow<M>(s, l, a.input, 0, a.memory, start_tile, [&](int32_t o) {
    const uint32_t flip = a.falling == nullptr ? 0 : a.falling[o];
    return [words, flip, threshold = a.threshold[o], to = output + o / 32, lane = o % 32](int32_t p, int32_t sum) {
      to[p * words] |= ((sum >= threshold ? 1u : 0u) ^ flip) << lane;
    };
  });
}

// Of any shape.
template <class M, class Args>
static inline void narrow_conv(const Args& a) {
  run_narrow_any<M>(a.shape, narrow_layout<M>(a.shape), a, DecidesChoice<Args>());
}

// Of a shape that the compiler knows, but for the rows of a call: what an export runs.
template <class M, const ConvShape& kShape, class Args>
static inline void narrow_conv_fixed(const Args& a) {
  static constexpr NarrowLayout kLayout = narrow_layout<M>(kShape);
  run_narrow_any<M>(with_rows_of(kShape, a.shape), kLayout, a, DecidesChoice<Args>());
}

}  // namespace stapes
