// SPDX-License-Identifier: Apache-2.0
// narrow_conv.h: the loops of narrow_layout.h.
//
//   for each tile:  copy its input
//     for each filter:
//       for each output position of the tile:
//         for each block of kNarrowPositions positions of its pool (or of small pools side by side):
//           for each run, for each chunk of it:  load weights once, then one multiply-add for each position
//         finish(filter, position, largest sum)
//
// The last block of a pool ends with the pool, so some sums may be computed twice, which does not change the maximum.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/loops/narrow/narrow_layout.h"
#include "kernels/variant.h"

namespace stapes {

template <class M>
struct NarrowScratch {
  int32_t* sums;
  typename M::Element* elements;
};

// ---- the copy ----

template <class M, class Input>
STAPES_ALWAYS_INLINE void copy_taps(const NarrowLayout& l, int32_t in_c, const Input* from, int32_t positions,
                                    int32_t zero_point, typename M::Element* to) {
  if (l.channels == in_c) return M::load_elements(from, positions * in_c, zero_point, to);
  for (int32_t p = 0; p < positions; ++p, from += in_c, to += l.channels) {
    M::load_elements(from, in_c, zero_point, to);
    to[in_c] = 0;
  }
}

// Writes padding, and elements multiplied only by weights of 0.
template <class M>
STAPES_ALWAYS_INLINE void pad(typename M::Element* to, int32_t count, int32_t zero_point) {
  const auto padding = static_cast<typename M::Element>(M::kRaw ? zero_point : 0);
  for (int32_t i = 0; i < count; ++i) to[i] = padding;
}

// Copies `count` positions of row `y` from column `x`. They may be outside the input.
template <class M, class Input>
STAPES_ALWAYS_INLINE void copy_row(const ConvShape& s, const NarrowLayout& l, const Input* input, int32_t zero_point,
                                   int32_t y, int32_t x, int32_t count, typename M::Element* to) {
  if (y < 0 || y >= s.in_h) return pad<M>(to, count * l.channels, zero_point);
  const TapRange inside = taps_inside(x, count, s.in_w);
  const Input* from = input + (static_cast<ptrdiff_t>(y) * s.in_w + x + inside.first) * s.in_c;
  pad<M>(to, inside.first * l.channels, zero_point);
  copy_taps<M>(l, s.in_c, from, inside.last - inside.first, zero_point, to + inside.first * l.channels);
  pad<M>(to + inside.last * l.channels, (count - inside.last) * l.channels, zero_point);
}

// For the tile that begins at output (y, x). Positions after the last output may be outside the input.
template <class M, class Input>
STAPES_ALWAYS_INLINE void copy_input(const ConvShape& s, const NarrowLayout& l, const Input* input, int32_t zero_point,
                                     int32_t y, int32_t x, typename M::Element* to) {
  const int32_t first_y = y * s.pool_h * s.stride_h - s.pad_h, first_x = x * s.pool_w * s.stride_w - s.pad_w;
  if (!l.patches) {
    for (int32_t row = 0; row < l.rows; ++row, to += l.row_elements) {
      copy_row<M>(s, l, input, zero_point, first_y + row, first_x, l.columns, to);
    }
    return pad<M>(to, M::kChunk, zero_point);  // read beyond the last run, with weights of 0
  }
  for (int32_t py = 0; py < s.pool_h; ++py) {
    for (int32_t px = 0; px < l.tile * s.pool_w; ++px) {
      for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h, to += s.kernel_w * s.in_c) {
        copy_row<M>(s, l, input, zero_point, first_y + py * s.stride_h + tap_h, first_x + px * s.stride_w, s.kernel_w,
                    to);
      }
      const int32_t filled = l.run - s.kernel_h * s.kernel_w * s.in_c;
      pad<M>(to, filled, zero_point);
      to += filled;
    }
  }
}

// ---- the sums ----

// For pools that do not share a block, row by row.
template <class M>
STAPES_ALWAYS_INLINE int32_t largest_of_pool(const NarrowLayout& l, const typename M::Element* from,
                                             const typename M::Weight* w, int32_t* sums) {
  const ptrdiff_t right = l.step_w;
  const int32_t blocks = l.pool_w / kNarrowPositions;
  int32_t best = INT32_MIN;
  for (int32_t py = 0; py < l.pool_h; ++py, from += l.step_h) {
    if (blocks == 0) {
      const ptrdiff_t second = l.pool_w > 1 ? right : 0, third = l.pool_w > 2 ? 2 * right : 0;
      best = larger(best, M::largest_of_strip(l, {from, second, third, 0, 0, 1}, w, sums));
      continue;
    }
    const NarrowStrip<typename M::Element> strip{from, right, 2 * right, 3 * right, kNarrowPositions * right, blocks};
    best = larger(best, M::largest_of_strip(l, strip, w, sums));
    if (l.pool_w % kNarrowPositions != 0) {  // a block that ends with the pool
      const auto* last = from + (l.pool_w - kNarrowPositions) * right;
      best = larger(best, M::largest_of_strip(l, {last, right, 2 * right, 3 * right, 0, 1}, w, sums));
    }
  }
  return best;
}

// All outputs of a tile for one filter. Small pools share a block, which may exceed `positions` but not the tile.
template <class M, class Finish>
STAPES_ALWAYS_INLINE void run_filter(const NarrowLayout& l, const NarrowScratch<M>& scratch, int32_t positions,
                                     const typename M::Weight* w, const Finish& finish) {
  const ptrdiff_t down = l.step_h, right = l.step_w, step = l.pool_w * right;
  const typename M::Element* from = scratch.elements;
  const int32_t* sums = scratch.sums;
  if (l.pool == 1) {
    const int32_t blocks = (positions + kNarrowPositions - 1) / kNarrowPositions;
    M::sum_strip(l, {from, step, 2 * step, 3 * step, kNarrowPositions * step, blocks}, w, scratch.sums);
    for (int32_t p = 0; p < positions; ++p) finish(p, *sums++);
  } else if (l.pool == 2) {
    const ptrdiff_t other = l.pool_h == 2 ? down : right;
    M::sum_strip(l, {from, other, step, step + other, 2 * step, (positions + 1) / 2}, w, scratch.sums);
    for (int32_t p = 0; p < positions; ++p, sums += 2) finish(p, larger(sums[0], sums[1]));
  } else if (l.pool_h == 2 && l.pool_w == 2) {
    M::sum_strip(l, {from, right, down, down + right, step, positions}, w, scratch.sums);
    for (int32_t p = 0; p < positions; ++p, sums += kNarrowPositions) {
      finish(p, larger(larger(sums[0], sums[1]), larger(sums[2], sums[3])));
    }
  } else {
    for (int32_t p = 0; p < positions; ++p, from += step) finish(p, largest_of_pool<M>(l, from, w, scratch.sums));
  }
}

// Calls start_tile(y, x, positions) for each tile, and begin(filter) for each of its filters. begin() returns a
// function that is called with (position in the tile, largest sum) for each position.
template <class M, class Input, class StartTile, class Begin>
STAPES_ALWAYS_INLINE void run_narrow(const ConvShape& s, const NarrowLayout& l, const Input* input, int32_t zero_point,
                                     const KernelMemory& memory, const StartTile& start_tile, const Begin& begin) {
  int32_t* const sums = static_cast<int32_t*>(memory.scratch);
  const NarrowScratch<M> scratch{sums, reinterpret_cast<typename M::Element*>(sums + l.sums)};
  const size_t filter = filter_weights(l);
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; x += l.tile) {
      const int32_t left = s.out_w - x, positions = left < l.tile ? left : l.tile;
      copy_input<M>(s, l, input, zero_point, y, x, scratch.elements);
      start_tile(y, x, positions);
      const auto* bytes = static_cast<const unsigned char*>(memory.prepared) + narrow_weights_at<M>(s);
      const auto* w = reinterpret_cast<const typename M::Weight*>(bytes);
      for (int32_t o = 0; o < s.out_c; ++o, w += filter) run_filter<M>(l, scratch, positions, w, begin(o));
    }
  }
}

}  // namespace stapes
