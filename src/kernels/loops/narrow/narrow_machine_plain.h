// SPDX-License-Identifier: Apache-2.0
// narrow_machine_plain.h: products in standard C++.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/loops/narrow/narrow_layout.h"

namespace stapes {

// Armv6-M has eight registers for arithmetic: two sums, three pointers with a shared index, two values. Four sums would
// take twice the instructions.
#if defined(__thumb__) && !defined(__thumb2__)
constexpr int kPlainPositions = 2;
#else
constexpr int kPlainPositions = 4;
#endif

// Sizes: PlainByteSizes or PlainWordSizes.
template <class Sizes, class StoredWeight, int kAtOnce = kPlainPositions>
struct PlainMachine : Sizes {
  using Element = typename Sizes::Element;
  using Weight = StoredWeight;

  // kNarrowPositions sums per block.
  static inline void sum_strip(const NarrowLayout& l, const NarrowStrip<Element>& strip, const Weight* w,
                               int32_t* sums) {
    const Element* from = strip.from;
    for (int32_t block = 0; block < strip.blocks; ++block, from += strip.next, sums += kNarrowPositions) {
      const Element* const at[] = {from, from + strip.second, from + strip.third, from + strip.fourth};
      for (int32_t i = 0; i < kNarrowPositions; i += kAtOnce) sum_positions(l, at + i, w, sums + i);
    }
  }

  // `sums` has room for all sums.
  static inline int32_t largest_of_strip(const NarrowLayout& l, const NarrowStrip<Element>& strip, const Weight* w,
                                         int32_t* sums) {
    return largest_of_sums<PlainMachine>(l, strip, w, sums);
  }

  template <class Input>
  static inline void load_elements(const Input* input, int32_t count, int32_t zero_point, Element* to) {
    if (Sizes::kRaw) {
      __builtin_memcpy(to, input, static_cast<size_t>(count));
    } else {
      for (int32_t i = 0; i < count; ++i) to[i] = static_cast<Element>(input[i] - zero_point);
    }
  }

 private:
  static __attribute__((noinline)) void sum_positions(const NarrowLayout& l, const Element* const* at, const Weight* w,
                                                      int32_t* sums) {
    for (int i = 0; i < kAtOnce; ++i) sums[i] = 0;
    for (int32_t run = 0, start = 0; run < l.runs; ++run, start += l.row_elements, w += l.run) {
      if (kAtOnce == 2) {
        add_run(at[0] + start, at[1] + start, w, l.run, sums);
      } else {
        add_run(at[0] + start, at[1] + start, at[2] + start, at[3] + start, w, l.run, sums);
      }
    }
  }

  static inline void add_run(const Element* a, const Element* b, const Weight* w, int32_t length, int32_t* sums) {
    int32_t sum_a = sums[0], sum_b = sums[1];
    for (int32_t i = 0; i < length; ++i) {
      const int32_t weight = w[i];
      sum_a += a[i] * weight;
      sum_b += b[i] * weight;
    }
    sums[0] = sum_a;
    sums[1] = sum_b;
  }

  static inline void add_run(const Element* a, const Element* b, const Element* c, const Element* d, const Weight* w,
                             int32_t length, int32_t* sums) {
    int32_t sum_a = sums[0], sum_b = sums[1], sum_c = sums[2], sum_d = sums[3];
#pragma GCC unroll 4
    for (int32_t i = 0; i < length; ++i) {
      const int32_t weight = w[i];
      sum_a += a[i] * weight;
      sum_b += b[i] * weight;
      sum_c += c[i] * weight;
      sum_d += d[i] * weight;
    }
    sums[0] = sum_a;
    sums[1] = sum_b;
    sums[2] = sum_c;
    sums[3] = sum_d;
  }
};

}  // namespace stapes
