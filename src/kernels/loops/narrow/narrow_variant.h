// SPDX-License-Identifier: Apache-2.0
// narrow_variant.h: the Variant (variant.h) of a narrow kernel, and portable code that lays out weights.
#pragma once

#include <string.h>

#include "kernels/choice.h"
#include "kernels/loops/narrow/narrow_layout.h"
#include "kernels/variant.h"

namespace stapes {

template <class M, class Weight>
static inline size_t narrow_prepared_bytes(const ConvShape& s) noexcept {
  const size_t weights = static_cast<size_t>(s.out_c) * filter_weights(narrow_layout<M>(s));
  return narrow_weights_at<M>(s) + weights * sizeof(Weight);
}

// Operators with thresholds have a zero point of 0.
template <class Args>
static inline int32_t in_zero_point_of(const Args& a, Choice<false>) {
  return a.in_zero_point;
}
template <class Args>
static inline int32_t in_zero_point_of(const Args&, Choice<true>) {
  return 0;
}

template <class M, class Weight, class Args>
static inline void prepare_narrow(const Args& a, void* prepared) noexcept {
  const ConvShape& s = a.shape;
  const NarrowLayout l = narrow_layout<M>(s);
  memset(prepared, 0, narrow_prepared_bytes<M, Weight>(s));
  Weight* to = reinterpret_cast<Weight*>(static_cast<unsigned char*>(prepared) + narrow_weights_at<M>(s));
  const auto* from = a.weights;
  for (int32_t o = 0; o < s.out_c; ++o, to += filter_weights(l)) {
    int32_t sum = 0;
    for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h) {
      for (int32_t i = 0; i < s.kernel_w * s.in_c; ++i) {
        const int32_t at =
            l.patches ? tap_h * s.kernel_w * s.in_c + i : tap_h * l.run + i / s.in_c * l.channels + i % s.in_c;
        sum += *from;
        to[at / M::kChunk * M::kChunk + M::place_of(at % M::kChunk)] = *from++;
      }
    }
    if (M::kRaw) static_cast<int32_t*>(prepared)[o] = in_zero_point_of(a, DecidesChoice<Args>()) * sum;
  }
}

// M: the machine's sizes. Weight: the stored type, which may be wider than in the model.
template <class M, class Weight, class Args>
constexpr Variant<Args> narrow_variant(Isa isa, void (*run)(const Args&) noexcept) noexcept {
  return {isa,
          run,
          narrow_scratch_bytes<M>,
          narrow_prepared_bytes<M, Weight>,
          prepare_narrow<M, Weight, Args>,
          narrow_suits<M>,
          "",
          true};
}

}  // namespace stapes
