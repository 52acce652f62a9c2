// SPDX-License-Identifier: Apache-2.0
// narrow_machine_mve.h: products on Armv8.1-M with MVE (Cortex-M55). VMLADAVA multiplies 16 pairs of bytes, or 8 pairs
// of 16-bit values, and adds all products to one register.
//
// Four positions and a chunk take 9 instructions (five loads, four VMLADAVA) for 64 MACs with bytes, 32 with 16-bit
// values. Bytes are not widened: padding is the zero point. Its part of every sum (zero point times sum of weights) is
// subtracted once (narrow_variant.h).
#pragma once

#if !(__ARM_FEATURE_MVE & 1)
#error "compile this for a core with integer MVE (Helium), for example with -mcpu=cortex-m55"
#endif

#include <arm_mve.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/loops/narrow/narrow_layout.h"

namespace stapes {

static inline int8x16_t mve_load(const int8_t* p) { return vldrbq_s8(p); }
static inline int16x8_t mve_load(const int16_t* p) { return vldrhq_s16(p); }
static inline int32_t mve_multiply_add(int32_t sum, int8x16_t x, int8x16_t w) { return vmladavaq_s8(sum, x, w); }
static inline int32_t mve_multiply_add(int32_t sum, int16x8_t x, int16x8_t w) { return vmladavaq_s16(sum, x, w); }

// Sizes: MveByteSizes or MveWordSizes.
template <class Sizes>
struct MveMachine : Sizes {
  using Element = typename Sizes::Element;
  using Weight = Element;

  // kNarrowPositions sums per block.
  STAPES_ALWAYS_INLINE void sum_strip(const NarrowLayout& l, const NarrowStrip<Element>& strip, const Weight* weights,
                                      int32_t* sums) {
    const ptrdiff_t next_row = l.row_elements - l.run;
    const Element* from = strip.from;
    for (int32_t block = 0; block < strip.blocks; ++block, from += strip.next, sums += kNarrowPositions) {
      const Element *a = from, *b = a + strip.second, *c = a + strip.third, *d = a + strip.fourth;
      int32_t sum_a = 0, sum_b = 0, sum_c = 0, sum_d = 0;
      const Weight* w = weights;
      for (int32_t run = l.runs; run > 0; --run, a += next_row, b += next_row, c += next_row, d += next_row) {
        for (int32_t chunk = l.run / Sizes::kChunk; chunk > 0; --chunk) {
          const auto weight = mve_load(w);
          sum_a = mve_multiply_add(sum_a, mve_load(a), weight);
          sum_b = mve_multiply_add(sum_b, mve_load(b), weight);
          sum_c = mve_multiply_add(sum_c, mve_load(c), weight);
          sum_d = mve_multiply_add(sum_d, mve_load(d), weight);
          w += Sizes::kChunk;
          a += Sizes::kChunk;
          b += Sizes::kChunk;
          c += Sizes::kChunk;
          d += Sizes::kChunk;
        }
      }
      sums[0] = sum_a;
      sums[1] = sum_b;
      sums[2] = sum_c;
      sums[3] = sum_d;
    }
  }

  // `sums` has room for all sums.
  STAPES_ALWAYS_INLINE int32_t largest_of_strip(const NarrowLayout& l, const NarrowStrip<Element>& strip,
                                                const Weight* w, int32_t* sums) {
    return largest_of_sums<MveMachine>(l, strip, w, sums);
  }

  template <class Input>
  static inline void load_elements(const Input* input, int32_t count, int32_t zero_point, Element* to) {
    if (Sizes::kRaw) {
      __builtin_memcpy(to, input, static_cast<size_t>(count));
    } else {
      for (int32_t i = 0; i < count; ++i) to[i] = static_cast<Element>(input[i] - zero_point);
    }
  }
};

}  // namespace stapes
