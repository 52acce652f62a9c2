// SPDX-License-Identifier: Apache-2.0
// run_tiled.h: tiled_conv.h with each way to finish, from the arguments of an operator.
#pragma once

#include "kernels/loops/tiled/finish.h"
#include "kernels/loops/tiled/tiled_conv.h"

namespace stapes {

template <class M, class Args>
static inline void run_rescaled(const Args& a) {
  const TileLayout<M> layout = tile_layout<M>(a.shape, RescaleArrays::kCount);
  const Rescaled<M> finish(a.shape, layout, a.memory.prepared, {a.out_zero_point, a.minimum, a.maximum});
  convolve_tiled(a.shape, layout, a.input, a.in_zero_point, a.memory,
                 [&](auto sums, int32_t block, ptrdiff_t position) {
                   finish.put(sums, block, a.output + position * a.shape.out_c);
                 });
}

template <class M, class Args>
static inline void run_decided(const Args& a) {
  const TileLayout<M> layout = tile_layout<M>(a.shape, ThresholdArrays::kCount);
  const Decided<M> finish(layout, a.memory.prepared);
  const ptrdiff_t words = words_of_bits(a.shape.out_c);
  // The last blocks may not reach the end of the last word.
  memset(a.output, 0, static_cast<size_t>(a.shape.out_h * a.shape.out_w * words) * sizeof *a.output);
  convolve_tiled(a.shape, layout, a.input, 0, a.memory, [&](auto sums, int32_t block, ptrdiff_t position) {
    finish.put(sums, block, a.output + position * words);
  });
}

}  // namespace stapes
