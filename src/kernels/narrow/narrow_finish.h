// narrow_finish.h: what becomes of the sums of narrow_conv.h: rescaled integers or one bit per channel.
#pragma once

#include <stdint.h>

#include "kernels/bits.h"
#include "kernels/narrow/narrow_conv.h"
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
    const int32_t high = rounding_doubling_high_mul(x * (int32_t{1} << left_), multiplier_);
    return (high + half_ + ((high >> 31) & sign_)) >> right_;
  }

 private:
  int32_t multiplier_, left_, right_, half_, sign_;
};

template <class Output>
STAPES_NARROW_INLINE void store_clamped(Output* to, int32_t value, int32_t minimum, int32_t maximum) {
  *to = clamp_to<Output>(value, minimum, maximum);
}

// `args`: one of the operators with bias, multiplier and shift; `weights` as laid out.
template <class M, class Args>
static inline void run_narrow_rescaled(const Args& a) {
  const ConvShape& s = a.shape;
  auto* output = a.output;
  const auto start_tile = [&](int32_t y, int32_t x, int32_t) {
    output = a.output + (static_cast<ptrdiff_t>(y) * s.out_w + x) * s.out_c;
  };
  run_narrow<M>(s, a.input, a.in_zero_point, static_cast<const typename M::Weight*>(a.memory.prepared),
                a.memory.scratch, start_tile, [&](int32_t o) {
                  const ChannelRescale rescale(a.multiplier[o], a.shift[o]);
                  return [&a, &s, rescale, bias = a.bias[o], to = output + o](int32_t p, int32_t sum) {
                    store_clamped(to + p * s.out_c, a.out_zero_point + rescale(sum + bias), a.minimum, a.maximum);
                  };
                });
}

template <class M, class Args>
static inline void run_narrow_decided(const Args& a) {
  const ConvShape& s = a.shape;
  const int32_t words = words_of_bits(s.out_c);
  uint32_t* output = a.output;
  const auto start_tile = [&](int32_t y, int32_t x, int32_t positions) {
    output = a.output + (static_cast<ptrdiff_t>(y) * s.out_w + x) * words;
    for (int32_t i = 0; i < positions * words; ++i) output[i] = 0;
  };
  run_narrow<M>(s, a.input, 0, static_cast<const typename M::Weight*>(a.memory.prepared), a.memory.scratch, start_tile,
                [&](int32_t o) {
                  const uint32_t flip = a.falling == nullptr ? 0 : a.falling[o];
                  return [words, flip, threshold = a.threshold[o], to = output + o / 32, lane = o % 32](int32_t p,
                                                                                                       int32_t sum) {
                    to[p * words] |= ((sum >= threshold ? 1u : 0u) ^ flip) << lane;
                  };
                });
}

}  // namespace stapes
