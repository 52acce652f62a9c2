// narrow_conv.h: the loops of narrow_layout.h.
//
//   for each tile:  copy the input it sees
//     for each filter:
//       for each output position of the tile:
//         for each block of kNarrowPositions positions of its pool (or of small pools side by side):
//           for each run, for each chunk of it:  weights once, then one multiply-add for each position
//         finish(filter, position, largest sum)
//
// Places left over in a block repeat its last position, which does not change a maximum.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/narrow/narrow_layout.h"

namespace stapes {

#define STAPES_NARROW_INLINE static inline __attribute__((always_inline))

template <class M>
struct NarrowTile {
  const ConvShape& shape;
  const NarrowLayout& layout;
  const uint16_t* offsets;           // of the positions of a pool
  typename M::Element* elements;
};

// ---- the copy ----

template <class M, class Input>
STAPES_NARROW_INLINE void copy_taps(const NarrowLayout& l, int32_t in_c, const Input* from, int32_t positions,
                                    int32_t zero_point, typename M::Element* to) {
  if (l.channels == in_c) return M::load_elements(from, positions * in_c, zero_point, to);
  for (int32_t p = 0; p < positions; ++p, from += in_c, to += l.channels) {
    M::load_elements(from, in_c, zero_point, to);
    to[in_c] = 0;
  }
}

template <class Element>
STAPES_NARROW_INLINE void clear(Element* to, int32_t count) {
  for (int32_t i = 0; i < count; ++i) to[i] = 0;
}

// `count` positions of row `y` from column `x` on; any of them may be outside.
template <class M, class Input>
STAPES_NARROW_INLINE void copy_row(const ConvShape& s, const NarrowLayout& l, const Input* input, int32_t zero_point,
                                   int32_t y, int32_t x, int32_t count, typename M::Element* to) {
  if (y < 0 || y >= s.in_h) return clear(to, count * l.channels);
  const TapRange inside = taps_inside(x, count, s.in_w);
  const Input* from = input + (static_cast<ptrdiff_t>(y) * s.in_w + x + inside.first) * s.in_c;
  clear(to, inside.first * l.channels);
  copy_taps<M>(l, s.in_c, from, inside.last - inside.first, zero_point, to + inside.first * l.channels);
  clear(to + inside.last * l.channels, (count - inside.last) * l.channels);
}

// The tile that begins at output position (y, x). What lies to the right of the last output position may be outside.
template <class M, class Input>
static inline void copy_input(const NarrowTile<M>& tile, const Input* input, int32_t zero_point, int32_t y, int32_t x) {
  const ConvShape& s = tile.shape;
  const NarrowLayout& l = tile.layout;
  const int32_t first_y = y * s.pool_h * s.stride_h - s.pad_h, first_x = x * s.pool_w * s.stride_w - s.pad_w;
  typename M::Element* to = tile.elements;
  if (!l.patches) {
    for (int32_t row = 0; row < l.rows; ++row, to += l.row_elements) {
      copy_row<M>(s, l, input, zero_point, first_y + row, first_x, l.columns, to);
    }
    return clear(to, M::kChunk);  // read beyond the last run, by weights of 0
  }
  for (int32_t py = 0; py < s.pool_h; ++py) {
    for (int32_t px = 0; px < l.tile * s.pool_w; ++px) {
      for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h, to += s.kernel_w * s.in_c) {
        copy_row<M>(s, l, input, zero_point, first_y + py * s.stride_h + tap_h, first_x + px * s.stride_w, s.kernel_w, to);
      }
      const int32_t filled = l.run - s.kernel_h * s.kernel_w * s.in_c;
      clear(to, filled);
      to += filled;
    }
  }
}

// ---- the sums ----

template <class M>
struct NarrowBlock {
  const typename M::Element* at[kNarrowPositions];
};
struct NarrowSums {
  int32_t of[kNarrowPositions];
};

template <class M>
STAPES_NARROW_INLINE NarrowSums sum_block(const NarrowLayout& l, const NarrowBlock<M>& block,
                                          const typename M::Weight* w) {
  const typename M::Element *a = block.at[0], *b = block.at[1], *c = block.at[2], *d = block.at[3];
  int32_t sum_a = 0, sum_b = 0, sum_c = 0, sum_d = 0;
  const ptrdiff_t next_row = l.row_elements - l.run;
  for (int32_t run = l.runs; run > 0; --run) {
    for (const typename M::Weight* const end = w + l.run; w != end; w += M::kChunk) {
      const typename M::Weights weights = M::load_weights(w);
      sum_a = M::multiply_add(sum_a, a, weights);
      sum_b = M::multiply_add(sum_b, b, weights);
      sum_c = M::multiply_add(sum_c, c, weights);
      sum_d = M::multiply_add(sum_d, d, weights);
      a += M::kChunk;
      b += M::kChunk;
      c += M::kChunk;
      d += M::kChunk;
    }
    a += next_row;
    b += next_row;
    c += next_row;
    d += next_row;
  }
  return {{sum_a, sum_b, sum_c, sum_d}};
}

STAPES_NARROW_INLINE int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

// One output position whose pool is a block or more.
template <class M>
STAPES_NARROW_INLINE int32_t largest_of_pool(const NarrowTile<M>& tile, const typename M::Element* from,
                                             const typename M::Weight* w) {
  int32_t best = INT32_MIN;
  for (int32_t first = 0; first < tile.layout.rounded_pool; first += kNarrowPositions) {
    const uint16_t* o = tile.offsets + first;
    const NarrowSums s = sum_block<M>(tile.layout, {{from + o[0], from + o[1], from + o[2], from + o[3]}}, w);
    best = larger(best, larger(larger(s.of[0], s.of[1]), larger(s.of[2], s.of[3])));
  }
  return best;
}

// All output positions of a tile for one filter.
template <class M, class Finish>
STAPES_NARROW_INLINE void run_filter(const NarrowTile<M>& tile, int32_t positions, const typename M::Weight* w,
                                     const Finish& finish) {
  const ConvShape& s = tile.shape;
  const NarrowLayout& l = tile.layout;
  const int32_t step = narrow_offset(s, l, 0, s.pool_w);
  const typename M::Element* from = tile.elements;
  if (l.pool == 1) {
    for (int32_t p = 0; p < positions; p += kNarrowPositions, from += step * kNarrowPositions) {
      const int32_t last = positions - p - 1;
      const auto at = [&](int32_t i) { return from + step * (i < last ? i : last); };
      const NarrowSums sums = sum_block<M>(l, {{at(0), at(1), at(2), at(3)}}, w);
      for (int32_t i = 0; i < kNarrowPositions && i <= last; ++i) finish(p + i, sums.of[i]);
    }
  } else if (l.pool == 2) {
    for (int32_t p = 0; p < positions; p += 2, from += step * 2) {
      const bool two = p + 1 < positions;
      const typename M::Element* second = two ? from + step : from;
      const uint16_t* o = tile.offsets;
      const NarrowSums sums = sum_block<M>(l, {{from + o[0], from + o[1], second + o[0], second + o[1]}}, w);
      finish(p, larger(sums.of[0], sums.of[1]));
      if (two) finish(p + 1, larger(sums.of[2], sums.of[3]));
    }
  } else {
    for (int32_t p = 0; p < positions; ++p, from += step) finish(p, largest_of_pool<M>(tile, from, w));
  }
}

static inline void fill_offsets(const ConvShape& s, const NarrowLayout& l, uint16_t* offsets) {
  for (int32_t i = 0; i < l.rounded_pool; ++i) {
    const int32_t p = i < l.pool ? i : l.pool - 1;
    offsets[i] = static_cast<uint16_t>(narrow_offset(s, l, p / s.pool_w, p % s.pool_w));
  }
}

// Calls begin(filter), and what that returns with (position in the tile, largest sum) for each, tile after tile.
// start_tile(y, x, positions) is called before each tile's filters.
template <class M, class Input, class StartTile, class Begin>
static inline void run_narrow(const ConvShape& s, const Input* input, int32_t zero_point,
                              const typename M::Weight* weights, void* scratch, const StartTile& start_tile,
                              const Begin& begin) {
  const NarrowLayout l = narrow_layout<M>(s);
  uint16_t* const offsets = static_cast<uint16_t*>(scratch);
  auto* const elements =
      reinterpret_cast<typename M::Element*>(static_cast<unsigned char*>(scratch) + narrow_offset_bytes(l));
  fill_offsets(s, l, offsets);
  const NarrowTile<M> tile{s, l, offsets, elements};
  const size_t filter = filter_weights<M>(l);
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; x += l.tile) {
      const int32_t left = s.out_w - x, positions = left < l.tile ? left : l.tile;
      copy_input(tile, input, zero_point, y, x);
      start_tile(y, x, positions);
      const typename M::Weight* w = weights;
      for (int32_t o = 0; o < s.out_c; ++o, w += filter) run_filter<M>(tile, positions, w, begin(o));
    }
  }
}

}  // namespace stapes
