// SPDX-License-Identifier: Apache-2.0
// run_tiled.h: runs tiled_conv.h with the finish that an operator's arguments call for.
#pragma once

#include "kernels/loops/tiled/finish.h"
#include "kernels/loops/tiled/tiled_conv.h"

namespace stapes {

// Returned by finish(block) of tiled_conv.h.
template <class M, class Output>
struct PutRescaled {
  RescaledBlock<M> block;
  Output* output;  // the block's first channel
  ptrdiff_t channels;

  __attribute__((always_inline)) void put(typename M::Sums sums, ptrdiff_t position) const {
    block.put(sums, output + position * channels);
  }
  // Writes the first `count` sums to adjacent positions.
  template <int kOutputs>
  __attribute__((always_inline)) void put_row(const typename M::Sums (&sums)[kOutputs], int32_t count,
                                              ptrdiff_t position) const {
    block.put_row(sums, count, output + position * channels, channels);
  }
};
template <class M, class Output>
static inline PutRescaled<M, Output> put_rescaled(const RescaledBlock<M>& block, Output* output, ptrdiff_t channels) {
  return {block, output, channels};
}
template <class M>
struct PutDecided {
  const Decided<M>& decided;
  int32_t block;
  uint32_t* output;
  ptrdiff_t words;

  void put(typename M::Sums sums, ptrdiff_t position) const { decided.put(sums, block, output + position * words); }
  template <int kOutputs>
  __attribute__((always_inline)) void put_row(const typename M::Sums (&sums)[kOutputs], int32_t count,
                                              ptrdiff_t position) const {
    for (int out = 0; out < kOutputs; ++out) {
      if (out < count) put(sums[out], position + out);
    }
  }
};

template <class M, class Args>
static inline void run_rescaled(const Args& a) {
  const TileLayout<M> layout = tile_layout<M>(a.shape, RescaleArrays::kCount);
  const OutputRange range{a.out_zero_point, a.minimum, a.maximum};
  const auto finish = [&](int32_t block) __attribute__((always_inline)) {
    const int32_t first = block * M::kLanes;
    return put_rescaled(RescaledBlock<M>(layout, a.memory.prepared, range, first, a.shape.out_c), a.output + first,
                        a.shape.out_c);
  };
  convolve_tiled(a.shape, layout, a.input, a.in_zero_point, a.memory, finish, Choice<M::kLanesShareInput>());
}

template <class M, class Args>
static inline void run_decided(const Args& a) {
  const TileLayout<M> layout = tile_layout<M>(a.shape, ThresholdArrays::kCount);
  const Decided<M> decided(layout, a.memory.prepared);
  const ptrdiff_t words = words_of_bits(a.shape.out_c);
  // The last block may not fill the last word.
  memset(a.output, 0, static_cast<size_t>(a.shape.out_h * a.shape.out_w * words) * sizeof *a.output);
  const auto finish = [&](int32_t block) { return PutDecided<M>{decided, block, a.output, words}; };
  convolve_tiled(a.shape, layout, a.input, 0, a.memory, finish, Choice<M::kLanesShareInput>());
}

}  // namespace stapes
