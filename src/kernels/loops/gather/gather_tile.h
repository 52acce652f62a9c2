// SPDX-License-Identifier: Apache-2.0
// gather_tile.h: copies the inputs of a few output positions in the machine's element type; all filters run over the
// copy. M is a machine:
//   kPositions                            of a tile
//   Element                               as in the tile
//   widen(from, count, zero_point, to)    widens `count` bytes, a multiple of kGatherChunk, from each of the
//                                         kPositions addresses in `from`; returns the end of its output
//
// Taps of whole chunks are read in place; other taps are first copied as patches.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/always_inline.h"
#include "kernels/conv_i8/conv_i8.h"

namespace stapes {

constexpr int32_t kGatherChunk = 4;

// Weights of a filter, padded to whole chunks.
static inline constexpr int32_t gather_run(const ConvShape& s) {
  return (s.kernel_h * s.kernel_w * s.in_c + kGatherChunk - 1) / kGatherChunk * kGatherChunk;
}

// Whether taps can be widened from the input directly.
static inline constexpr bool gather_taps_are_chunks(const ConvShape& s) { return s.in_c % kGatherChunk == 0; }
// Whether output positions are input positions, read in place.
static inline constexpr bool gather_is_pointwise(const ConvShape& s) {
  return s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1 && s.pad_h == 0 && s.pad_w == 0 &&
         s.in_w == s.out_w && gather_taps_are_chunks(s);
}

// Bytes of scratch: a position of padding, or patches.
static inline constexpr size_t gather_bytes(const ConvShape& s, int32_t positions) {
  return gather_taps_are_chunks(s) ? static_cast<size_t>(gather_is_pointwise(s) ? 0 : s.in_c)
                                   : static_cast<size_t>(gather_run(s)) * static_cast<size_t>(positions);
}

// No pool or groups, at least one tile, and patches small enough to copy.
static inline bool gather_suits(const ConvShape& s, int32_t positions) noexcept {
  constexpr int64_t kMaxTaps = 2048;
  return s.groups == 1 && s.pool_h == 1 && s.pool_w == 1 && int64_t{s.out_h} * s.out_w >= positions &&
         s.kernel_h <= kMaxTaps && s.kernel_w <= kMaxTaps / s.kernel_h &&
         s.in_c <= kMaxTaps / (s.kernel_h * s.kernel_w);
}

// Rows and columns of the output.
template <int32_t kPositions>
struct GatherPositions {
  int32_t y[kPositions], x[kPositions];
};

static inline bool gather_is_inside(const ConvShape& s, int32_t start_h, int32_t start_w) {
  return start_h >= 0 && start_w >= 0 && start_h + s.kernel_h <= s.in_h && start_w + s.kernel_w <= s.in_w;
}

// Widens taps of whole chunks from the input, a whole row of taps at a time unless a position has padding.
template <class M>
STAPES_ALWAYS_INLINE void gather_chunks(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a,
                                        const GatherPositions<M::kPositions>& at, const int8_t* padding,
                                        typename M::Element* to) {
  int32_t start_h[M::kPositions], start_w[M::kPositions];
  bool inside = true;
  ptrdiff_t from[M::kPositions];  // of tap 0 in the input; may be outside
  for (int32_t p = 0; p < M::kPositions; ++p) {
    start_h[p] = at.y[p] * s.stride_h - s.pad_h;
    start_w[p] = at.x[p] * s.stride_w - s.pad_w;
    inside = inside && gather_is_inside(s, start_h[p], start_w[p]);
    from[p] = (static_cast<ptrdiff_t>(start_h[p]) * s.in_w + start_w[p]) * s.in_c;
  }
  for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h) {
    if (inside) {
      const int8_t* row[M::kPositions];
      for (int32_t p = 0; p < M::kPositions; ++p) row[p] = a.input + from[p];
      to = M::widen(row, s.kernel_w * s.in_c, a.in_zero_point, to);
    } else {
      for (int32_t tap_w = 0; tap_w < s.kernel_w; ++tap_w) {
        const int8_t* tap[M::kPositions];
        for (int32_t p = 0; p < M::kPositions; ++p) {
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

// Copies the input of one position, with padding, to consecutive bytes.
STAPES_ALWAYS_INLINE void gather_patch(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a, int32_t y, int32_t x,
                                       int8_t* to) {
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
STAPES_ALWAYS_INLINE void gather_patches(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a,
                                         const GatherPositions<M::kPositions>& at, int8_t* bytes,
                                         typename M::Element* to) {
  const int32_t run = gather_run(s);
  const int8_t* from[M::kPositions];
  for (int32_t p = 0; p < M::kPositions; ++p) {
    from[p] = bytes + p * run;
    gather_patch(s, a, at.y[p], at.x[p], bytes + p * run);
  }
  M::widen(from, run, a.in_zero_point, to);
}

// Returns the positions before the first tile; gather_tile() advances them. Fills `bytes`, which has room for
// gather_bytes(), with the padding that gather_tile() reads.
template <class M>
STAPES_ALWAYS_INLINE GatherPositions<M::kPositions> start_gather(const ConvShape& s,
                                                                 const ConvI8Args<int8_t, int8_t>& a, int8_t* bytes) {
  if (!gather_is_pointwise(s) && gather_taps_are_chunks(s)) {
    memset(bytes, a.in_zero_point, static_cast<size_t>(s.in_c));
  }
  GatherPositions<M::kPositions> at{};
  at.x[M::kPositions - 1] = -1;
  return at;
}

// gather_tile() for pointwise layers.
template <class M>
STAPES_ALWAYS_INLINE void gather_pointwise(int32_t channels, const ConvI8Args<int8_t, int8_t>& a, int32_t first,
                                           int32_t valid, typename M::Element* to) {
  const int8_t* const from = a.input + static_cast<ptrdiff_t>(first) * channels;
  const int8_t* all[M::kPositions] = {from};
  for (int32_t p = 1; p < M::kPositions; ++p) all[p] = from + (p < valid ? p : valid - 1) * channels;
  M::widen(all, channels, a.in_zero_point, to);
}

// Copies the inputs of `valid` output positions from number `first`. A partial tile repeats its last position.
template <class M>
STAPES_ALWAYS_INLINE void gather_tile(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a, int32_t first,
                                      int32_t valid, GatherPositions<M::kPositions>& at, int8_t* bytes,
                                      typename M::Element* to) {
  if (gather_is_pointwise(s)) return gather_pointwise<M>(s.in_c, a, first, valid, to);
  int32_t y = at.y[M::kPositions - 1], x = at.x[M::kPositions - 1];
  for (int32_t p = 0; p < M::kPositions; ++p) {
    if (p < valid && ++x == s.out_w) {
      x = 0;
      ++y;
    }
    at.y[p] = y;
    at.x[p] = x;
  }
  if (gather_taps_are_chunks(s)) {
    gather_chunks<M>(s, a, at, bytes, to);
  } else {
    gather_patches<M>(s, a, at, bytes, to);
  }
}

}  // namespace stapes
