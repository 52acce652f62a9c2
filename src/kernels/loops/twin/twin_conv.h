// SPDX-License-Identifier: Apache-2.0
// twin_conv.h: the loops of twin_layout.h. M is a machine of gather/gather_tile.h whose elements are the words of a
// tap, with
//   run(tile)   all filters of a tile: sums, rescale, store
//
// A tile is copied before its outputs are written. A partial last tile repeats its last position.
#pragma once

#include "kernels/always_inline.h"
#include "kernels/loops/gather/gather_tile.h"
#include "kernels/loops/twin/twin_layout.h"

namespace stapes {

struct TwinTile {
  const uint32_t* words;
  int32_t run;
  int8_t* output;  // of the first position; the others follow at these distances:
  int32_t second, third, fourth;
  const unsigned char *filters, *filters_end;
};

// `gather(first, valid, words)` copies the input of a tile.
template <class M, class Gather>
STAPES_ALWAYS_INLINE void run_twin_tiles(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a, Gather gather) {
  auto* const words = static_cast<uint32_t*>(a.memory.scratch);
  const auto* const filters = static_cast<const unsigned char*>(a.memory.prepared);
  const unsigned char* const filters_end = filters + static_cast<size_t>(s.out_c) * twin_filter_bytes(s);
  const int32_t positions = s.out_h * s.out_w;
  int8_t* output = a.output;
  for (int32_t first = 0; first < positions; first += kTwinPositions, output += kTwinPositions * s.out_c) {
    const int32_t valid = positions - first < kTwinPositions ? positions - first : kTwinPositions;
    gather(first, valid, words);
    const int32_t last = valid - 1;
    M::run(TwinTile{words, gather_run(s), output, (last < 1 ? last : 1) * s.out_c, (last < 2 ? last : 2) * s.out_c,
                    last * s.out_c, filters, filters_end});
  }
}

template <class M>
STAPES_ALWAYS_INLINE void run_twin(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a) {
  auto* const bytes = reinterpret_cast<int8_t*>(static_cast<uint32_t*>(a.memory.scratch) + twin_tile_words(s));
  GatherPositions<M::kPositions> at = start_gather<M>(s, a, bytes);
  run_twin_tiles<M>(
      s, a, [&](int32_t first, int32_t valid, uint32_t * words) __attribute__((always_inline)) {
        gather_tile<M>(s, a, first, valid, at, bytes, words);
      });
}

template <class M>
static inline void twin_conv(const ConvI8Args<int8_t, int8_t>& a) {
  run_twin<M>(a.shape, a);
}

// One copy for all pointwise layers of an export: they gain little from a constant shape.
template <class M>
static __attribute__((noinline)) void twin_conv_pointwise(const ConvI8Args<int8_t, int8_t>& a) {
  run_twin_tiles<M>(
      a.shape, a, [&](int32_t first, int32_t valid, uint32_t * words) __attribute__((always_inline)) {
        gather_pointwise<M>(a.shape.in_c, a, first, valid, words);
      });
}

// For exports: the shape is constant except for the rows of a call.
template <class M, const ConvShape& kShape>
static inline void twin_conv_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  if (gather_is_pointwise(kShape)) return twin_conv_pointwise<M>(a);
  run_twin<M>(with_rows_of(kShape, a.shape), a);
}

}  // namespace stapes
