// SPDX-License-Identifier: Apache-2.0
// dense_conv.h: the loops of dense_layout.h, two filters at a time. M is a machine:
//   load(from, count, zero_point, to)         copies `count` elements of the input
//   add(x, w0, w1, count, sums)               sums[0], sums[1] += products of `count` elements with w0, w1
#pragma once

#include <stdint.h>

#include "kernels/always_inline.h"
#include "kernels/loops/dense/dense_layout.h"
#include "kernels/loops/narrow/narrow_finish.h"

namespace stapes {

template <class M>
STAPES_ALWAYS_INLINE void run_dense(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a) {
  const int32_t row = dense_row<M>(s);
  auto* const x = static_cast<typename M::Element*>(a.memory.scratch);
  M::load(a.input, s.in_c, a.in_zero_point, x);
  for (int32_t i = s.in_c; i < row; ++i) x[i / M::kChunk * M::kChunk + M::place_of(i % M::kChunk)] = 0;
  const int32_t* const first = static_cast<const int32_t*>(a.memory.prepared);
  const int8_t* w = static_cast<const int8_t*>(a.memory.prepared) + dense_weights_at(s);
  const auto finish = [&](int32_t o, int32_t sum) {
    const ChannelRescale rescale(a.multiplier[o], a.shift[o]);
    store_clamped(a.output + o, a.out_zero_point + rescale(sum), a.minimum, a.maximum);
  };
  int32_t o = 0;
  for (; o + 1 < s.out_c; o += 2, w += 2 * row) {
    int32_t sums[2] = {first[o], first[o + 1]};
    M::add(x, w, w + row, row, sums);
    finish(o, sums[0]);
    finish(o + 1, sums[1]);
  }
  if (o == s.out_c) return;
  int32_t sums[2] = {first[o], 0};
  M::add(x, w, w, row, sums);
  finish(o, sums[0]);
}

template <class M>
static inline void dense_conv(const ConvI8Args<int8_t, int8_t>& a) {
  run_dense<M>(a.shape, a);
}

// For exports: the shape is constant.
template <class M, const ConvShape& kShape>
static inline void dense_conv_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  run_dense<M>(kShape, a);
}

}  // namespace stapes
