// narrow_machine_plain.h: products in standard C++.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/narrow/narrow_layout.h"

namespace stapes {

template <class StoredWeight>
struct PlainMachine : PlainSizes {
  using Weight = StoredWeight;

  // Writes kNarrowPositions sums for each block.
  static inline void sum_strip(const NarrowLayout& l, const NarrowStrip<Element>& strip, const Weight* weights,
                               int32_t* sums) {
    const ptrdiff_t next_row = l.row_elements - l.run;
    const Element* from = strip.from;
    for (int32_t block = 0; block < strip.blocks; ++block, from += strip.next) {
      const Element *a = from, *b = a + strip.second, *c = a + strip.third, *d = a + strip.fourth;
      int32_t sum_a = 0, sum_b = 0, sum_c = 0, sum_d = 0;
      const Weight* w = weights;
      for (int32_t run = l.runs; run > 0; --run, a += next_row, b += next_row, c += next_row, d += next_row) {
        for (const Weight* const end = w + l.run; w != end; ++w) {
          const int32_t weight = *w;
          sum_a += *a++ * weight;
          sum_b += *b++ * weight;
          sum_c += *c++ * weight;
          sum_d += *d++ * weight;
        }
      }
      *sums++ = sum_a;
      *sums++ = sum_b;
      *sums++ = sum_c;
      *sums++ = sum_d;
    }
  }

  // The largest of them. `sums` is room for all.
  static inline int32_t largest_of_strip(const NarrowLayout& l, const NarrowStrip<Element>& strip, const Weight* w,
                                         int32_t* sums) {
    sum_strip(l, strip, w, sums);
    return largest(sums, strip.blocks * kNarrowPositions);
  }

  template <class Input>
  static inline void load_elements(const Input* input, int32_t count, int32_t zero_point, Element* to) {
    for (int32_t i = 0; i < count; ++i) to[i] = static_cast<Element>(input[i] - zero_point);
  }
};

}  // namespace stapes
