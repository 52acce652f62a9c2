// SPDX-License-Identifier: Apache-2.0
// narrow_finish.h: turns the sums of narrow_conv.h into rescaled integers or one bit per channel.
#pragma once

#include <stdint.h>

#include "kernels/bits.h"
#include "kernels/channel_rescale.h"
#include "kernels/choice.h"
#include "kernels/loops/narrow/narrow_conv.h"

namespace stapes {

// For operators with bias, multiplier and shift.
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

// For operators with thresholds.
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

template <class M, class Args>
static inline void narrow_conv(const Args& a) {
  run_narrow_any<M>(a.shape, narrow_layout<M>(a.shape), a, DecidesChoice<Args>());
}

// For exports: the shape is constant except for the rows of a call.
template <class M, const ConvShape& kShape, class Args>
static inline void narrow_conv_fixed(const Args& a) {
  static constexpr NarrowLayout kLayout = narrow_layout<M>(kShape);
  run_narrow_any<M>(with_rows_of(kShape, a.shape), kLayout, a, DecidesChoice<Args>());
}

}  // namespace stapes
