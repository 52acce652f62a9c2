// SPDX-License-Identifier: Apache-2.0
// tiled_conv.h: integer convolution with max-pool, output channels across lanes, in tiles of kPositions positions times
// the blocks of a chunk, with sums in registers. Each loaded vector of weights serves kPositions positions, each
// broadcast group of input elements every block:
//
//   for each row of outputs:  copy its input rows (padded_band.h)
//     for each chunk of blocks:
//       for each tile of the row:
//         sums[position][block] = start[block]
//         for each row of taps, for each of its groups:
//           sums[position][block] += dot(input group of the position, weights of the block)
//         finish(block).put_row(largest of each pool's positions, output)
//
// With groups of channels, each lane of a block has its own input (grouped_band.h).
//
// A tile holds several small pools or part of a large pool. Unused positions repeat others, which does not change the
// maximum. The last tile of a row may have fewer positions.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/choice.h"
#include "kernels/loops/tiled/grouped_band.h"
#include "kernels/loops/tiled/padded_band.h"
#include "kernels/loops/tiled/tile_layout.h"
#include "kernels/loops/tiled/tile_positions.h"
#include "kernels/variant.h"

namespace stapes {

// One row of outputs, for the chunk being computed.
template <class M>
struct TileRow {
  const ConvShape& shape;
  const TileLayout<M>& layout;
  const typename M::Element* band;
  BandSteps step;
  const int32_t* start;  // initial sums of the chunk
  const typename M::Weight* weights;
  int32_t first_block;
  ptrdiff_t first_output;
};

template <class M, int kPositions, int kBlocks>
struct TileSums {
  typename M::Sums of[kPositions][kBlocks];
};

template <class M>
static inline ptrdiff_t group_step(const TileRow<M>& row) {
  return M::kLanesShareInput ? M::kGroup : row.step.group;
}

template <class M, int kPositions, int kBlocks, class Groups>
static inline __attribute__((always_inline)) void add_group(const Groups& groups, const typename M::Weight* weights,
                                                            TileSums<M, kPositions, kBlocks>& sums) {
  typename M::Weights w[kBlocks];
  for (int b = 0; b < kBlocks; ++b) w[b] = M::load_weights(weights + b * TileLayout<M>::kBlockWeights);
#pragma GCC unroll 16
  for (int p = 0; p < kPositions; ++p) {
    for (int b = 0; b < kBlocks; ++b) {
      const ptrdiff_t lanes = M::kLanesShareInput ? 0 : b * M::kLanes * M::kGroup;
      sums.of[p][b] = M::dot(sums.of[p][b], M::load_group(groups.at(p) + lanes), w[b]);
    }
  }
}

// A single position alternates between two sums per block: with one, each dot product would wait for the previous one.
template <class M, int kPositions, int kBlocks, class Positions>
static inline __attribute__((always_inline)) void sum_tile(const TileRow<M>& row, const Positions& positions,
                                                           TileSums<M, kPositions, kBlocks>& sums) {
  constexpr int kTurns = kPositions == 1 ? 2 : 1;
  TileSums<M, kPositions, kBlocks> turns[kTurns];
  for (int b = 0; b < kBlocks; ++b) {
#pragma GCC unroll 16
    for (int p = 0; p < kPositions; ++p) {
      turns[0].of[p][b] = M::load(row.start + b * M::kLanes);
      for (int turn = 1; turn < kTurns; ++turn) turns[turn].of[p][b] = M::all(0);
    }
  }
  const typename M::Weight* weights = row.weights;
  for (int32_t tap_h = 0; tap_h < row.shape.kernel_h; ++tap_h) {
    auto groups = positions.groups(tap_h * row.step.row);
    const auto take = [&](TileSums<M, kPositions, kBlocks> & turn) __attribute__((always_inline)) {
      add_group<M, kPositions, kBlocks>(groups, weights, turn);
      weights += kBlocks * TileLayout<M>::kBlockWeights;
      groups.advance(group_step(row));
    };
    int32_t group = 0;
    for (; group + kTurns <= row.layout.row_groups; group += kTurns) {
      for (int turn = 0; turn < kTurns; ++turn) take(turns[turn]);
    }
    if (group < row.layout.row_groups) take(turns[0]);
  }
  sums = turns[0];
  for (int b = 0; b < kBlocks && kTurns == 2; ++b) sums.of[0][b] = M::add(sums.of[0][b], turns[kTurns - 1].of[0][b]);
}

// Finishes `outputs` pools of kPool positions, starting at output `x` of the row.
template <class M, class Finish, int kPositions, int kBlocks, int kPool>
static inline __attribute__((always_inline)) void finish_tile(const TileRow<M>& row, const Finish& finish, int32_t x,
                                                              int32_t outputs,
                                                              const TileSums<M, kPositions, kBlocks>& sums) {
  for (int b = 0; b < kBlocks; ++b) {
    constexpr int kOutputs = kPositions / kPool;
    typename M::Sums largest[kOutputs];
#pragma GCC unroll 16
    for (int out = 0; out < kOutputs; ++out) {
      largest[out] = sums.of[out * kPool][b];
      for (int i = 1; i < kPool; ++i) largest[out] = M::max(largest[out], sums.of[out * kPool + i][b]);
    }
    finish(row.first_block + b).put_row(largest, outputs, row.first_output + x);
  }
}

// Computes `outputs` pools of kPool positions, starting at output `x` of the row.
template <class M, class Finish, int kPositions, int kBlocks, int kPool>
static inline void convolve_tile(const TileRow<M>& row, const Finish& finish, const ptrdiff_t (&in_pool)[kPool],
                                 int32_t x, int32_t outputs) {
  constexpr int kOutputs = kPositions / kPool;
  const ptrdiff_t pool_step = row.shape.pool_w * row.step.position;
  TilePositions<M, kPositions> positions;
  const typename M::Element* pool = row.band + x * pool_step;
  for (int out = 0; out < kOutputs; ++out) {
    for (int i = 0; i < kPool; ++i) positions.first[out * kPool + i] = pool + in_pool[i];
    if (out + 1 < outputs) pool += pool_step;
  }
  TileSums<M, kPositions, kBlocks> sums;
  sum_tile<M, kPositions, kBlocks>(row, positions, sums);
  finish_tile<M, Finish, kPositions, kBlocks, kPool>(row, finish, x, outputs, sums);
}

// Computes whole tiles of evenly spaced positions until at most `rest` are left; returns the next output. The last tile
// may repeat outputs.
template <class M, class Finish, int kPositions, int kBlocks, int kPool, class Positions>
static inline int32_t convolve_even_tiles(const TileRow<M>& row, const Finish& finish, const Positions& first,
                                          int32_t rest) {
  constexpr int kMax = kPositions / kPool;
  const int32_t out_w = row.shape.out_w;
  const ptrdiff_t pool_step = row.shape.pool_w * row.step.position;
  if (out_w < kMax) return 0;
  int32_t x = 0;
  for (; (out_w - x) * kPool > rest; x += kMax) {
    if (x > out_w - kMax) x = out_w - kMax;
    TileSums<M, kPositions, kBlocks> sums;
    sum_tile<M, kPositions, kBlocks>(row, first.moved(x * pool_step), sums);
    finish_tile<M, Finish, kPositions, kBlocks, kPool>(row, finish, x, kMax, sums);
  }
  return x;
}

template <class M, class Finish, int kBlocks, int kPool>
static inline int32_t convolve_even_row(const TileRow<M>& row, const Finish& finish, Choice<false>) {
  return convolve_even_tiles<M, Finish, M::kPositions, kBlocks, kPool>(
      row, finish, EvenPositions<M>(row.band, row.step.position), 6);
}
// With one block, 8 positions have too few sums: each dot product would wait for the previous one.
template <class M, class Finish, int kBlocks, int kPool>
static inline int32_t convolve_even_row(const TileRow<M>& row, const Finish& finish, Choice<true> /* many */) {
  if (row.shape.out_w < 2 * M::kPositions)
    return convolve_even_row<M, Finish, kBlocks, kPool>(row, finish, Choice<false>());
  return convolve_even_tiles<M, Finish, 2 * M::kPositions, kBlocks, kPool>(
      row, finish, ManyPositions<M>(row.band, row.step.position), 8);
}

// The last tile has 1, 2 or 4 positions if that suffices, for narrow feature maps and dense layers.
template <class M, class Finish, int kBlocks, int kPool>
static void convolve_small_pools(const TileRow<M>& row, const Finish& finish) {
  const ConvShape& s = row.shape;
  ptrdiff_t in_pool[kPool];
  for (int i = 0; i < kPool; ++i) {
    in_pool[i] = i / s.pool_w * s.stride_h * row.step.row + i % s.pool_w * row.step.position;
  }
  constexpr int kMax = M::kPositions / kPool;
  int32_t x = 0;
  if (M::kPositions == 8 && s.pool_h == 1) {
    constexpr bool kMany = kBlocks == 1 && kPool == 1 && M::kPositions == 8;
    x = convolve_even_row<M, Finish, kBlocks, kPool>(row, finish, Choice<kMany>());
  } else if (M::kPositions == 8 && kPool == 4 && s.pool_w == 2) {
    x = convolve_even_tiles<M, Finish, M::kPositions, kBlocks, kPool>(
        row, finish, SquarePositions<M>(row.band, row.step.position, s.stride_h * row.step.row), 6);
  }
  for (; (s.out_w - x) * kPool > 6; x += kMax) {
    const int32_t left = s.out_w - x;
    convolve_tile<M, Finish, M::kPositions, kBlocks>(row, finish, in_pool, x, left < kMax ? left : kMax);
  }
  for (; (s.out_w - x) * kPool > 4; x += 4 / kPool) {
    convolve_tile<M, Finish, 4, kBlocks>(row, finish, in_pool, x, 4 / kPool);
  }
  const int32_t rest = s.out_w - x;
  if (rest <= 0) return;
  if (kPool <= 1 && rest == 1) return convolve_tile<M, Finish, kPool, kBlocks>(row, finish, in_pool, x, rest);
  if (kPool <= 2 && rest * kPool <= 2) {
    return convolve_tile < M, Finish, kPool <= 2 ? 2 : kPool, kBlocks > (row, finish, in_pool, x, rest);
  }
  convolve_tile<M, Finish, 4, kBlocks>(row, finish, in_pool, x, rest);
}

// Pools of any size, one output at a time.
template <class M, class Finish, int kBlocks>
static void convolve_large_pools(const TileRow<M>& row, const Finish& finish) {
  const ConvShape& s = row.shape;
  for (int32_t x = 0; x < s.out_w; ++x) {
    typename M::Sums largest[kBlocks];
    for (int b = 0; b < kBlocks; ++b) largest[b] = M::all(INT32_MIN);
    for (int32_t y = 0; y < s.pool_h; ++y) {
      const typename M::Element* at = row.band + y * s.stride_h * row.step.row + x * s.pool_w * row.step.position;
      for (int32_t left = s.pool_w; left > 0; left -= M::kPositions) {
        TilePositions<M, M::kPositions> positions;
        for (int p = 0; p < M::kPositions; ++p) {
          positions.first[p] = at;
          if (p + 1 < left) at += row.step.position;
        }
        TileSums<M, M::kPositions, kBlocks> sums;
        sum_tile<M, M::kPositions, kBlocks>(row, positions, sums);
        for (int p = 0; p < M::kPositions; ++p) {
          for (int b = 0; b < kBlocks; ++b) largest[b] = M::max(largest[b], sums.of[p][b]);
        }
      }
    }
    for (int b = 0; b < kBlocks; ++b) finish(row.first_block + b).put(largest[b], row.first_output + x);
  }
}

template <class M, class Finish, int kBlocks>
static inline void convolve_chunk(const TileRow<M>& row, const Finish& finish) {
  switch (row.shape.pool_h * row.shape.pool_w) {
    case 1:
      return convolve_small_pools<M, Finish, kBlocks, 1>(row, finish);
    case 2:
      return convolve_small_pools<M, Finish, kBlocks, 2>(row, finish);
    case 4:
      return convolve_small_pools<M, Finish, kBlocks, 4>(row, finish);
    default:
      return convolve_large_pools<M, Finish, kBlocks>(row, finish);
  }
}

template <class M, class Finish>
static inline void convolve_chunk_of(int32_t blocks, const TileRow<M>& row, const Finish& finish) {
  static_assert(M::kMaxBlocks == 2 || M::kMaxBlocks == 3, "kMaxBlocks must be 2 or 3");
  if (M::kMaxBlocks == 3 && blocks == 3) return convolve_chunk<M, Finish, M::kMaxBlocks>(row, finish);
  return blocks == 2 ? convolve_chunk<M, Finish, 2>(row, finish) : convolve_chunk<M, Finish, 1>(row, finish);
}

// The offset of a chunk in the band.
template <class M>
static inline ptrdiff_t chunk_elements(int32_t first_block) {
  return M::kLanesShareInput ? 0 : static_cast<ptrdiff_t>(first_block) * M::kLanes * M::kGroup;
}

template <class M, class Finish>
static inline void convolve_row(const ConvShape& s, const TileLayout<M>& layout, const typename M::Element* band,
                                const BandSteps& step, const void* prepared, int32_t first, int32_t y,
                                const Finish& finish) {
  const TileRow<M> row{s,
                       layout,
                       band + chunk_elements<M>(first),
                       step,
                       layout.constants(prepared, 0) + first * M::kLanes,
                       layout.weights(prepared) + layout.chunk_start(first),
                       first,
                       static_cast<ptrdiff_t>(y) * s.out_w};
  convolve_chunk_of<M>(layout.chunk_blocks(first), row, finish);
}

// The inner loop is over rows of outputs, so weights are fetched from main memory once.
template <class M, class Finish, class Input>
static inline void convolve_by_chunks(const ConvShape& s, const TileLayout<M>& layout, const Input* input,
                                      int32_t zero_point, const KernelMemory& memory, const Finish& finish) {
  auto* const band = static_cast<typename M::Element*>(memory.scratch);
  load_band<M>(s, input, zero_point, -s.pad_h, all_band_rows(s), band);
  const ptrdiff_t advance = static_cast<ptrdiff_t>(s.pool_h * s.stride_h) * band_shape(s).row_elements;
  for (int32_t first = 0; first < layout.blocks; first += layout.chunk_blocks(first)) {
    for (int32_t y = 0; y < s.out_h; ++y) {
      convolve_row(s, layout, band + y * advance, band_steps<M>(s), memory.prepared, first, y, finish);
    }
  }
}

// `moving`: the bands of consecutive rows of outputs.
template <class M, class Finish, class Input, class Band>
static inline void convolve_by_rows(const ConvShape& s, const TileLayout<M>& layout, const Input* input,
                                    int32_t zero_point, const KernelMemory& memory, const Finish& finish, Band moving) {
  const BandSteps step = moving.steps(s);
  for (int32_t y = 0; y < s.out_h; ++y) {
    const auto* const band = moving.of_row(s, input, zero_point, y);
    for (int32_t first = 0; first < layout.blocks; first += layout.chunk_blocks(first)) {
      convolve_row(s, layout, band, step, memory.prepared, first, y, finish);
    }
  }
}

// `memory.scratch`: band_bytes<M>() bytes, or grouped_band_bytes<M>() if lanes do not share their input.
template <class M, class Finish, class Input>
static inline void convolve_tiled(const ConvShape& shape, const TileLayout<M>& layout, const Input* input,
                                  int32_t zero_point, const KernelMemory& memory, const Finish& finish,
                                  Choice<true> /* lanes share input */) {
  const ConvShape s = with_joined_rows<M>(shape);
  if (holds_all_rows<M>(s)) return convolve_by_chunks(s, layout, input, zero_point, memory, finish);
  convolve_by_rows(s, layout, input, zero_point, memory, finish, MovingBand<M>(s, memory.scratch));
}
template <class M, class Finish, class Input>
static inline void convolve_tiled(const ConvShape& s, const TileLayout<M>& layout, const Input* input,
                                  int32_t zero_point, const KernelMemory& memory, const Finish& finish, Choice<false>) {
  convolve_by_rows(s, layout, input, zero_point, memory, finish,
                   MovingGroupedBand<M>{static_cast<typename M::Element*>(memory.scratch)});
}

}  // namespace stapes
