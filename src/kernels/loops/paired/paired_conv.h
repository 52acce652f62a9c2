// SPDX-License-Identifier: Apache-2.0
// paired_conv.h: the loops of paired_layout.h. M is a machine of gather/gather_tile.h that subtracts the zero point
// from its elements and has
//   Tile   constructed from (zeros, run, pair_bytes, prepared, pairs). run(output, second, third) computes all channels
//          of three positions and stores them at `output` and at these distances from it.
//
//   for each tile of positions, row after row:
//     copy their input, widened
//     for each pair of filters:  sums, rescale, store
//
// A tile is copied before its outputs are written. A partial last tile repeats its last position.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/always_inline.h"
#include "kernels/loops/gather/gather_tile.h"
#include "kernels/loops/paired/paired_layout.h"

namespace stapes {

// `gather(first, valid, elements)` copies the input of a tile.
template <class M, class Gather>
STAPES_ALWAYS_INLINE void run_paired_tiles(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a, Gather gather) {
  auto* const zeros = static_cast<int32_t*>(a.memory.scratch);
  for (int32_t i = 0; i < 2 * kPairedPositions; ++i) zeros[i] = 0;
  auto* const elements = reinterpret_cast<typename M::Element*>(zeros + 2 * kPairedPositions);
  typename M::Tile tile(zeros, gather_run(s), paired_pair_bytes(s), a.memory.prepared, s.out_c / 2);
  const int32_t positions = s.out_h * s.out_w;
  int8_t* output = a.output;
  for (int32_t first = 0; first < positions; first += kPairedPositions, output += kPairedPositions * s.out_c) {
    const int32_t valid = positions - first < kPairedPositions ? positions - first : kPairedPositions;
    gather(first, valid, elements);
    tile.run(output, valid > 1 ? s.out_c : 0, (valid > 2 ? 2 : valid - 1) * s.out_c);
  }
}

template <class M>
STAPES_ALWAYS_INLINE void run_paired(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a) {
  auto* const bytes = static_cast<int8_t*>(a.memory.scratch) + kPairedZeroBytes + paired_tile_bytes(s);
  GatherPositions<M::kPositions> at = start_gather<M>(s, a, bytes);
  run_paired_tiles<M>(
      s, a, [&](int32_t first, int32_t valid, typename M::Element * elements) __attribute__((always_inline)) {
        gather_tile<M>(s, a, first, valid, at, bytes, elements);
      });
}

template <class M>
static inline void paired_conv(const ConvI8Args<int8_t, int8_t>& a) {
  run_paired<M>(a.shape, a);
}

// One copy for all pointwise layers of an export: they gain little from a constant shape.
template <class M>
static __attribute__((noinline)) void paired_conv_pointwise(const ConvI8Args<int8_t, int8_t>& a) {
  run_paired_tiles<M>(
      a.shape, a, [&](int32_t first, int32_t valid, typename M::Element * elements) __attribute__((always_inline)) {
        gather_pointwise<M>(a.shape.in_c, a, first, valid, elements);
      });
}

// For exports: the shape is constant except for the rows of a call.
template <class M, const ConvShape& kShape>
static inline void paired_conv_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  if (gather_is_pointwise(kShape)) return paired_conv_pointwise<M>(a);
  run_paired<M>(with_rows_of(kShape, a.shape), a);
}

}  // namespace stapes
