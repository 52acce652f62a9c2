// SPDX-License-Identifier: Apache-2.0
// paired_conv.h: the loops of paired_layout.h. M is a machine:
//   widen(from, count, zero_point, to)   `count` bytes, a multiple of kPairedChunk, at each of the three addresses of
//                                        `from`, less the zero point; returns the end of what it wrote
//   Tile                                 made of (zeros, run, pair_bytes, prepared, pairs); its run(output, second,
//                                        third) computes all channels of the three positions and stores those of the
//                                        first at `output`, the others at these distances from it
//
//   for each tile of positions, row after row:
//     copy what they see, widened
//     for each pair of filters:  sums, rescale, store
//
// A tile is copied before its outputs are written. If the last tile is not full, its last position is repeated.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/always_inline.h"
#include "kernels/loops/paired/paired_layout.h"

namespace stapes {

// The positions of a tile, as rows and columns of the output.
struct PairedPositions {
  int32_t y[kPairedPositions], x[kPairedPositions];
};

// The part of scratch after the tile.
static inline int8_t* paired_bytes(const ConvShape& s, void* scratch) {
  return static_cast<int8_t*>(scratch) + kPairedZeroBytes + paired_tile_bytes(s);
}

static inline bool paired_is_inside(const ConvShape& s, int32_t start_h, int32_t start_w) {
  return start_h >= 0 && start_w >= 0 && start_h + s.kernel_h <= s.in_h && start_w + s.kernel_w <= s.in_w;
}

// Taps of whole chunks are widened from the input directly; whole rows of taps, if no position sees padding.
template <class M>
STAPES_ALWAYS_INLINE void copy_paired_chunks(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a,
                                             const PairedPositions& at, const int8_t* padding,
                                             typename M::Element* to) {
  int32_t start_h[kPairedPositions], start_w[kPairedPositions];
  bool inside = true;
  ptrdiff_t from[kPairedPositions];  // of tap 0 in the input; may be outside
  for (int32_t p = 0; p < kPairedPositions; ++p) {
    start_h[p] = at.y[p] * s.stride_h - s.pad_h;
    start_w[p] = at.x[p] * s.stride_w - s.pad_w;
    inside = inside && paired_is_inside(s, start_h[p], start_w[p]);
    from[p] = (static_cast<ptrdiff_t>(start_h[p]) * s.in_w + start_w[p]) * s.in_c;
  }
  for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h) {
    if (inside) {
      const int8_t* const row[kPairedPositions] = {a.input + from[0], a.input + from[1], a.input + from[2]};
      to = M::widen(row, s.kernel_w * s.in_c, a.in_zero_point, to);
    } else {
      for (int32_t tap_w = 0; tap_w < s.kernel_w; ++tap_w) {
        const int8_t* tap[kPairedPositions];
        for (int32_t p = 0; p < kPairedPositions; ++p) {
          const bool is_padding = static_cast<uint32_t>(start_h[p] + tap_h) >= static_cast<uint32_t>(s.in_h) ||
                                  static_cast<uint32_t>(start_w[p] + tap_w) >= static_cast<uint32_t>(s.in_w);
          tap[p] = is_padding ? padding : a.input + from[p] + static_cast<ptrdiff_t>(tap_w) * s.in_c;
        }
        to = M::widen(tap, s.in_c, a.in_zero_point, to);
      }
    }
    for (ptrdiff_t& position : from) position += static_cast<ptrdiff_t>(s.in_w) * s.in_c;
  }
}

// What one position sees, with the padding, as consecutive bytes.
STAPES_ALWAYS_INLINE void copy_paired_patch(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a, int32_t y,
                                            int32_t x, int8_t* to) {
  const int32_t start_h = y * s.stride_h - s.pad_h, start_w = x * s.stride_w - s.pad_w;
  const size_t row = static_cast<size_t>(s.kernel_w) * static_cast<size_t>(s.in_c);
  const TapRange columns = taps_inside(start_w, s.kernel_w, s.in_w);
  const bool whole = columns.first == 0 && columns.last == s.kernel_w;
  for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h, to += row) {
    const int32_t in_y = start_h + tap_h;
    const int8_t* const from = a.input + (static_cast<ptrdiff_t>(in_y) * s.in_w + start_w + columns.first) * s.in_c;
    const bool is_row = in_y >= 0 && in_y < s.in_h;
    if (is_row && whole) {
      memcpy(to, from, row);
    } else {
      memset(to, a.in_zero_point, row);
      int8_t* const first = to + columns.first * s.in_c;
      const int32_t count = is_row ? (columns.last - columns.first) * s.in_c : 0;
      for (int32_t i = 0; i < count; ++i) first[i] = from[i];
    }
  }
}

template <class M>
STAPES_ALWAYS_INLINE void copy_paired_patches(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a,
                                              const PairedPositions& at, int8_t* bytes, typename M::Element* to) {
  const int32_t run = paired_run(s);
  const int8_t* const from[kPairedPositions] = {bytes, bytes + run, bytes + 2 * run};
  for (int32_t p = 0; p < kPairedPositions; ++p) copy_paired_patch(s, a, at.y[p], at.x[p], bytes + p * run);
  M::widen(from, run, a.in_zero_point, to);
}

// Copies what a tile of `valid` positions sees, from output position `first` on. Advances `at`.
template <class M>
STAPES_ALWAYS_INLINE void copy_paired_tile(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a, int32_t first,
                                           int32_t valid, PairedPositions& at, void* scratch, typename M::Element* to) {
  if (paired_is_pointwise(s)) {
    const int8_t* const from = a.input + static_cast<ptrdiff_t>(first) * s.in_c;
    const int8_t* const all[kPairedPositions] = {from, from + (valid > 1 ? s.in_c : 0),
                                                 from + (valid > 2 ? 2 : valid - 1) * s.in_c};
    M::widen(all, s.in_c, a.in_zero_point, to);
    return;
  }
  int32_t y = at.y[kPairedPositions - 1], x = at.x[kPairedPositions - 1];
  for (int32_t p = 0; p < kPairedPositions; ++p) {
    if (p < valid && ++x == s.out_w) {
      x = 0;
      ++y;
    }
    at.y[p] = y;
    at.x[p] = x;
  }
  int8_t* const bytes = paired_bytes(s, scratch);
  if (paired_taps_are_chunks(s)) {
    copy_paired_chunks<M>(s, a, at, bytes, to);
  } else {
    copy_paired_patches<M>(s, a, at, bytes, to);
  }
}

template <class M>
STAPES_ALWAYS_INLINE void run_paired(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a) {
  auto* const zeros = static_cast<int32_t*>(a.memory.scratch);
  for (int32_t i = 0; i < 2 * kPairedPositions; ++i) zeros[i] = 0;
  if (!paired_is_pointwise(s) && paired_taps_are_chunks(s)) {
    memset(paired_bytes(s, a.memory.scratch), a.in_zero_point, static_cast<size_t>(s.in_c));
  }
  auto* const elements = reinterpret_cast<typename M::Element*>(zeros + 2 * kPairedPositions);
  typename M::Tile tile(zeros, paired_run(s), paired_pair_bytes(s), a.memory.prepared, s.out_c / 2);
  const int32_t positions = s.out_h * s.out_w;
  PairedPositions at{};
  at.x[kPairedPositions - 1] = -1;
  int8_t* output = a.output;
  for (int32_t first = 0; first < positions; first += kPairedPositions, output += kPairedPositions * s.out_c) {
    const int32_t valid = positions - first < kPairedPositions ? positions - first : kPairedPositions;
    copy_paired_tile<M>(s, a, first, valid, at, a.memory.scratch, elements);
    tile.run(output, valid > 1 ? s.out_c : 0, (valid > 2 ? 2 : valid - 1) * s.out_c);
  }
}

// Of any shape that suits.
template <class M>
static inline void paired_conv(const ConvI8Args<int8_t, int8_t>& a) {
  run_paired<M>(a.shape, a);
}

// Of a shape that the compiler knows, but for the rows of a call: what an export runs.
template <class M, const ConvShape& kShape>
static inline void paired_conv_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  run_paired<M>(with_rows_of(kShape, a.shape), a);
}

}  // namespace stapes
