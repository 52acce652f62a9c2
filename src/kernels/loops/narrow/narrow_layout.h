// SPDX-License-Identifier: Apache-2.0
// narrow_layout.h: how integer convolutions run on cores with few registers: the copy of the input, and the weight
// layout.
//
// A tile is a few neighboring output positions, after the pool. Its input is copied into scratch with padding, widened
// and without zero point, so taps need no bounds checks. Then filters run over the tile one by one, kNarrowPositions
// sums at a time, with weights streaming from flash.
//
//   as a window   [rows][columns][channels]: the rows of taps of a position are kernel_h runs of kernel_w * channels
//                 elements. Channels are padded to an even number where positions would otherwise begin at an odd
//                 element, since pairs are read as words.
//   as patches    [positions][kernel_h * kernel_w * in_c]: one run per position, if rows of taps are so short that
//                 padding each would cost more than copying them (conv3: 3 rows of 3)
//
// Runs are padded to whole chunks with weights of 0. M is a machine of narrow_machine_<isa>.h or its sizes.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/always_inline.h"
#include "kernels/conv_shape.h"

namespace stapes {

// Weight i of a chunk is at place_of(i). Raw elements include their zero point.
struct PlainByteSizes {
  using Element = int8_t;
  static constexpr bool kRaw = true;
  static constexpr int32_t kChunk = 1;
  static constexpr int32_t place_of(int32_t i) { return i; }
};
struct PlainWordSizes {
  using Element = int16_t;
  static constexpr bool kRaw = false;
  static constexpr int32_t kChunk = 1;
  static constexpr int32_t place_of(int32_t i) { return i; }
};
// SXTB16 widens bytes 0 and 2 of a word, or 1 and 3 with a rotation. This order yields pairs.
struct ArmDspSizes {
  using Element = int16_t;
  static constexpr bool kRaw = false;
  static constexpr int32_t kChunk = 4;
  static constexpr int32_t place_of(int32_t i) { return i == 1 ? 2 : i == 2 ? 1 : i; }
};
struct MveByteSizes {
  using Element = int8_t;
  static constexpr bool kRaw = true;
  static constexpr int32_t kChunk = 16;
  static constexpr int32_t place_of(int32_t i) { return i; }
};
struct MveWordSizes {
  using Element = int16_t;
  static constexpr bool kRaw = false;
  static constexpr int32_t kChunk = 8;
  static constexpr int32_t place_of(int32_t i) { return i; }
};
// 16-bit weights are already pairs.
template <class Sizes>
struct WideWeights : Sizes {
  static constexpr int32_t place_of(int32_t i) { return i; }
};

// Positions computed together, so that each weight is loaded once for all of them.
constexpr int32_t kNarrowPositions = 4;

// Block i has positions at from + i * next, from + i * next + second and so on.
template <class Element>
struct NarrowStrip {
  const Element* from;
  ptrdiff_t second, third, fourth, next;
  int32_t blocks;
};

static inline constexpr int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t largest(const int32_t* sums, int32_t count) {
  int32_t best = sums[0];
  for (int32_t i = 1; i < count; ++i) best = larger(best, sums[i]);
  return best;
}

struct NarrowLayout {
  int32_t channels;   // of one position of the window
  int32_t runs, run;  // rows of taps; elements of each, padded
  bool patches;
  int32_t tile;                  // output positions
  int32_t rows, columns;         // of the input of a tile
  int32_t pool_h, pool_w, pool;  // positions of a pool
  int32_t step_h, step_w;        // elements from one position to the next, before the pool
  int32_t row_elements;          // from one row of the window to the next
  int32_t elements;              // of the window or patches, including elements read past the end
  int32_t sums;                  // kept for one filter at a time
};

template <class M>
static inline constexpr int32_t whole_chunks(int32_t elements) {
  return (elements + M::kChunk - 1) / M::kChunk * M::kChunk;
}

static inline constexpr bool fits_narrow_tile(const ConvShape& s, int32_t rows, int32_t channels, int32_t positions) {
  constexpr int32_t kMaxElements = 1024, kMaxColumns = 128;
  const int64_t columns = (int64_t{positions} * s.pool_w - 1) * s.stride_w + s.kernel_w;
  return positions * s.pool_w <= kMaxColumns && rows * channels * columns <= kMaxElements;
}

// Outputs of a tile: whole blocks, and more than one only if the input fits in about 2 KiB.
static inline constexpr int32_t narrow_tile(const ConvShape& s, int32_t rows, int32_t channels) {
  const int32_t pool = s.pool_h * s.pool_w, least = pool == 1 ? kNarrowPositions : pool == 2 ? 2 : 1;
  int32_t tile = least;
  while (tile < s.out_w && fits_narrow_tile(s, rows, channels, tile + least)) tile += least;
  return tile;
}

template <class M>
static inline constexpr NarrowLayout narrow_layout(const ConvShape& s) {
  NarrowLayout l{};
  l.rows = (s.pool_h - 1) * s.stride_h + s.kernel_h;
  // Positions in a row are stride_w * channels apart. A row may have an odd number of columns.
  const bool pairs_would_split = s.in_c % 2 != 0 && (s.stride_w % 2 != 0 || l.rows > 1);
  l.channels = s.in_c + (!M::kRaw && pairs_would_split ? 1 : 0);
  l.runs = s.kernel_h;
  l.run = whole_chunks<M>(s.kernel_w * l.channels);
  const int32_t patch = whole_chunks<M>(s.kernel_h * s.kernel_w * s.in_c);
  l.patches = s.kernel_h > 1 && patch * 5 <= l.runs * l.run * 4;
  l.tile = narrow_tile(s, l.rows, l.channels);
  l.columns = (l.tile * s.pool_w - 1) * s.stride_w + s.kernel_w;
  l.pool_h = s.pool_h;
  l.pool_w = s.pool_w;
  l.pool = s.pool_h * s.pool_w;
  l.row_elements = l.columns * l.channels;
  l.step_h = s.stride_h * l.row_elements;
  l.step_w = s.stride_w * l.channels;
  l.elements = l.rows * l.row_elements + M::kChunk;
  l.sums = (l.pool <= kNarrowPositions ? l.tile * l.pool : s.pool_w) + kNarrowPositions;  // at most this many per strip
  if (l.patches) {
    l.channels = s.in_c;
    l.runs = 1;
    l.run = patch;
    l.step_h = l.tile * s.pool_w * patch;
    l.step_w = patch;
    l.elements = l.tile * l.pool * patch;
  }
  return l;
}

// Scratch: the sums, then the elements.
template <class M>
static inline size_t narrow_scratch_bytes(const ConvShape& s) noexcept {
  const NarrowLayout l = narrow_layout<M>(s);
  return static_cast<size_t>(l.sums) * sizeof(int32_t) + static_cast<size_t>(l.elements) * sizeof(typename M::Element);
}

// Limits the size of a tile, which must fit an int32. Checked before a layout is computed.
template <class M>
static inline bool narrow_suits(const ConvShape& s) noexcept {
  constexpr int64_t kMax = int64_t{1} << 22;
  const int64_t rows = (int64_t{s.pool_h} - 1) * s.stride_h + s.kernel_h;
  const int64_t columns = (int64_t{kNarrowPositions} * s.pool_w - 1) * s.stride_w + s.kernel_w;
  const int64_t pool = int64_t{kNarrowPositions} * s.pool_h * s.pool_w, patch = int64_t{s.kernel_h} * s.kernel_w;
  const int64_t max_positions = kMax / (int64_t{s.in_c} + M::kChunk);
  return is_ungrouped(s) && rows <= max_positions && columns <= max_positions / rows && patch <= max_positions &&
         pool <= max_positions / patch;
}

// Prepared memory: for raw elements, the zero point's part of each filter's sums, [out_c]; weights, [out_c][runs][run].
template <class M>
static inline size_t narrow_weights_at(const ConvShape& s) {
  return M::kRaw ? (static_cast<size_t>(s.out_c) * sizeof(int32_t) + 15) / 16 * 16 : 0;
}

static inline size_t filter_weights(const NarrowLayout& l) {
  return static_cast<size_t>(l.runs) * static_cast<size_t>(l.run);
}

// For machines without a faster implementation.
template <class M>
static inline int32_t largest_of_sums(const NarrowLayout& l, const NarrowStrip<typename M::Element>& strip,
                                      const typename M::Weight* w, int32_t* sums) {
  M::sum_strip(l, strip, w, sums);
  return largest(sums, strip.blocks * kNarrowPositions);
}

}  // namespace stapes
