// SPDX-License-Identifier: Apache-2.0
// conv_bits_vector.h: conv_bits on a vector unit V, kLanes filters at a time. V is a struct of static functions:
//   kLanes                  32-bit lanes of a Vector
//   zero, broadcast, load, store   of kLanes values
//   load_columns(row, first, stride, width)   lane i: row[first + i * stride], 0 where that is not in [0, width)
//   copy(to, from, words)
//   bit_or, shift_left, add, subtract, smaller   lane by lane
//   at_least(a, b)          bit i: a[i] >= b[i]
//   store_sums(to, a, lowest, count)   the first `count` lanes as int16, none below `lowest`
//   count_differing<kPositions>(weights, words, patch, word_stride, differing)
//                           differing[p] = sum over w of popcount(weights[w][lane] XOR patch[p][w * word_stride])
// If V has internal linkage, so does everything here.
#pragma once

#include "kernels/conv_bits/conv_bits_tile.h"

namespace stapes {

// What all positions of a call share.
template <class Output>
struct BitsCall {
  const ConvBitsArgs<Output>& args;
  PatchLayout patch;
  BlockLayout block;
  Tile tile;
  const uint32_t* patches;  // the tile in scratch memory
  const int32_t* places;    // offsets of a group's patches from the first
  Inside* insides;          // of a group at the border
  int32_t bits;             // in a patch that lies inside the input
  InsideRange rows, columns;
};

// The positions computed together (conv_bits_tile.h).
struct Group {
  const uint32_t* patch;  // of the first position
  bool inside;            // no tap of any position lies outside; otherwise call.insides is filled
};

// The group of outputs that starts at out_x; its tile starts `offset` outputs earlier.
template <class Output>
static inline Group group_at(const BitsCall<Output>& call, int32_t out_y, int32_t out_x, int32_t offset,
                             int32_t outputs) {
  const ConvShape& s = call.args.shape;
  const int32_t y = out_y * s.pool_h, x = out_x * s.pool_w;
  const bool inside = call.rows.holds(y, s.pool_h) && call.columns.holds(x, outputs * s.pool_w);
  if (!inside) list_insides(s, y, x, call.insides);
  return {call.patches + offset * s.pool_w * call.tile.column_stride, inside};
}

// call.bits minus the sum at position p of a group. kInside: no tap lies outside.
template <class V, bool kInside, class Output>
static inline auto shortfall(const BitsCall<Output>& call, const uint32_t* block, int32_t p,
                             typename V::Vector differing) {
  const auto twice = V::add(differing, differing);
  if (kInside) return twice;
  const ConvShape& s = call.args.shape;
  const uint32_t* corners = block + call.block.corners * V::kLanes;
  const auto corner = [&](int32_t row) { return V::load(corners + row * V::kLanes); };
  const Inside& inside = call.insides[p];
  const auto all = corner(corner_row(s, s.kernel_h, s.kernel_w));
  const auto present = V::subtract(V::add(corner(inside.plus[0]), corner(inside.plus[1])),
                                   V::add(corner(inside.minus[0]), corner(inside.minus[1])));
  return V::add(twice, V::subtract(all, present));
}

// differing[p]: the bits in which position first + p differs from each filter.
template <class V, int kPositions, class Output>
static inline void count(const BitsCall<Output>& call, const uint32_t* block, const Group& group, int32_t first,
                         typename V::Vector (&differing)[kPositions]) {
  const uint32_t* patch[kPositions];
  for (int32_t p = 0; p < kPositions; ++p) patch[p] = group.patch + call.places[first + p];
  V::count_differing(block, call.patch.words, patch, call.tile.word_stride, differing);
}

// The minimum of `least` and the shortfalls of kPositions positions. If kInside, all are halved, which saves a
// doubling.
template <class V, bool kInside, int kPositions, class Output>
static inline auto min_of(const BitsCall<Output>& call, const uint32_t* block, const Group& group, int32_t first,
                          typename V::Vector least) {
  typename V::Vector differing[kPositions];
  count<V>(call, block, group, first, differing);
  for (int32_t p = 0; p < kPositions; ++p) {
    if (!kInside) differing[p] = shortfall<V, false>(call, block, first + p, differing[p]);
    least = V::smaller(least, differing[p]);
  }
  return least;
}

template <class V>
static inline void put(const BitsCall<uint32_t>& call, const uint32_t* block, int32_t b, typename V::Vector sums,
                       uint32_t* output) {
  const uint32_t bits =
      V::at_least(sums, V::load(block + call.block.thresholds * V::kLanes)) ^ block[call.block.falling * V::kLanes];
  const int32_t first = b * V::kLanes;
  uint32_t* word = output + first / 32;
  *word = first % 32 == 0 ? bits : *word | bits << (first % 32);
}

template <class V>
static inline void put(const BitsCall<int16_t>& call, const uint32_t*, int32_t b, typename V::Vector sums,
                       int16_t* output) {
  const int32_t first = b * V::kLanes, left = call.args.shape.out_c - first;
  V::store_sums(output + first, sums, call.args.lowest, left < V::kLanes ? left : V::kLanes);
}

static inline size_t output_stride(const ConvBitsArgs<uint32_t>& a) {
  return static_cast<size_t>(words_of_bits(a.shape.out_c));
}
static inline size_t output_stride(const ConvBitsArgs<int16_t>& a) { return static_cast<size_t>(a.shape.out_c); }

template <class V, class Output, class Use>
static inline void for_each_block(const BitsCall<Output>& call, const Use& use) {
  const uint32_t* block = static_cast<const uint32_t*>(call.args.memory.prepared);
  for (int32_t b = 0; b < block_count<V::kLanes>(call.args.shape); ++b, block += call.block.rows * V::kLanes) {
    use(b, block);
  }
}

// Computes one output, the largest sum of its pool.
template <class V, bool kInside, class Output>
static inline void run_pool(const BitsCall<Output>& call, const Group& group, Output* output) {
  const int32_t positions = call.args.shape.pool_h * call.args.shape.pool_w;
  const auto bits = V::broadcast(call.bits);
  for_each_block<V>(call, [&](int32_t b, const uint32_t* block) {
    auto least = V::broadcast(INT32_MAX);
    int32_t p = 0;
    for (; p + kPositionsAtOnce <= positions; p += kPositionsAtOnce) {
      least = min_of<V, kInside, kPositionsAtOnce>(call, block, group, p, least);
    }
    for (; p < positions; ++p) least = min_of<V, kInside, 1>(call, block, group, p, least);
    if (kInside) least = V::add(least, least);
    put<V>(call, block, b, V::subtract(bits, least), output);
  });
}

// Computes kPositionsAtOnce neighboring outputs without a pool.
template <class V, bool kInside, class Output>
static inline void run_outputs(const BitsCall<Output>& call, const Group& group, Output* output) {
  const auto bits = V::broadcast(call.bits);
  const size_t stride = output_stride(call.args);
  for_each_block<V>(call, [&](int32_t b, const uint32_t* block) {
    typename V::Vector differing[kPositionsAtOnce];
    count<V>(call, block, group, 0, differing);
    for (int32_t p = 0; p < kPositionsAtOnce; ++p) {
      const auto sums = V::subtract(bits, shortfall<V, kInside>(call, block, p, differing[p]));
      put<V>(call, block, b, sums, output + static_cast<size_t>(p) * stride);
    }
  });
}

// Computes outputs [out_x, out_x + outputs) of row out_y. Their patches are already gathered.
template <class V, class Output>
static inline void run_tile(const BitsCall<Output>& call, int32_t out_y, int32_t out_x, int32_t outputs,
                            Output* output) {
  const ConvShape& s = call.args.shape;
  const size_t stride = output_stride(call.args);
  int32_t i = 0;
  if (s.pool_h * s.pool_w == 1) {
    for (; i + kPositionsAtOnce <= outputs; i += kPositionsAtOnce, output += kPositionsAtOnce * stride) {
      const Group group = group_at(call, out_y, out_x + i, i, kPositionsAtOnce);
      group.inside ? run_outputs<V, true>(call, group, output) : run_outputs<V, false>(call, group, output);
    }
  }
  for (; i < outputs; ++i, output += stride) {
    const Group group = group_at(call, out_y, out_x + i, i, 1);
    group.inside ? run_pool<V, true>(call, group, output) : run_pool<V, false>(call, group, output);
  }
}

template <class V, class Output>
static inline void conv_bits_vector(const ConvBitsArgs<Output>& a) {
  const ConvShape& s = a.shape;
  uint32_t* patches = static_cast<uint32_t*>(a.memory.scratch);
  const PatchLayout patch = patch_layout(s);
  const Tile tile = tile_layout<V::kLanes>(s, patch);
  int32_t* places = static_cast<int32_t*>(a.memory.scratch) + tile_words(s, tile);
  list_places(s, tile, places);
  const BitsCall<Output> call{a,
                              patch,
                              block_layout(s, patch),
                              tile,
                              patches,
                              places,
                              reinterpret_cast<Inside*>(places + group_size(s)),
                              static_cast<int32_t>(filter_size(s)),
                              inside_range(s.in_h, s.kernel_h, s.stride_h, s.pad_h),
                              inside_range(s.in_w, s.kernel_w, s.stride_w, s.pad_w)};
  Output* output = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; x += tile.outputs) {
      const int32_t outputs = s.out_w - x < tile.outputs ? s.out_w - x : tile.outputs;
      gather_tile<V>(s, a.input, patch, tile, y, x, outputs, patches);
      run_tile<V>(call, y, x, outputs, output);
      output += static_cast<size_t>(outputs) * output_stride(a);
    }
  }
}

}  // namespace stapes
