// SPDX-License-Identifier: Apache-2.0
// conv_bits_tile.h: gathers the patches of a few neighboring outputs, with their pools, in the layout of
// conv_bits_layout.h. Taps outside the input are 0.
//
// Up to 32 channels: [pool_h][words][columns]; one load per tap serves kLanes columns. More channels:
// [pool_h][columns][words]; the taps of a row are contiguous.
#pragma once

#include "kernels/conv_bits/conv_bits_layout.h"

namespace stapes {

// Positions computed together, so that each weight is loaded once for all of them.
constexpr int32_t kPositionsAtOnce = 4;

constexpr int32_t kTileWords = 512;  // limit, unless the smallest tile needs more

struct Tile {
  int32_t outputs;                                 // of one row
  int32_t columns;                                 // their positions before the pool
  int32_t word_stride, column_stride, row_stride;  // to a patch's next word, the next column, the next row
};

template <int kLanes>
static inline Tile tile_layout(const ConvShape& s, const PatchLayout& patch) {
  Tile tile{};
  if (patch.words_per_tap == 1) {
    tile.outputs = s.pool_w < kLanes ? kLanes / s.pool_w : 1;
    tile.columns = tile.outputs * s.pool_w;
    tile.word_stride = (tile.columns + kLanes - 1) / kLanes * kLanes;
    tile.column_stride = 1;
    tile.row_stride = tile.word_stride * patch.words;
  } else {
    const int32_t room = kTileWords / (s.pool_h * s.pool_w * patch.words);
    const int32_t outputs = s.pool_h * s.pool_w == 1 ? room / kPositionsAtOnce * kPositionsAtOnce : room;
    const int32_t least = s.pool_h * s.pool_w == 1 ? kPositionsAtOnce : 1;
    tile.outputs = outputs < least ? least : outputs;
    tile.columns = tile.outputs * s.pool_w;
    tile.word_stride = 1;
    tile.column_stride = patch.words;
    tile.row_stride = tile.columns * patch.words;
  }
  return tile;
}

// Columns computed together: a pool or, without a pool, kPositionsAtOnce outputs.
static inline int32_t group_columns(const ConvShape& s) {
  return s.pool_h * s.pool_w == 1 ? kPositionsAtOnce : s.pool_w;
}
static inline int32_t group_size(const ConvShape& s) { return s.pool_h * group_columns(s); }

// Corner rows (conv_bits_layout.h): plus[0] + plus[1] - minus[0] - minus[1] is the sum over the taps inside.
struct Inside {
  int32_t plus[2], minus[2];
};

// Scratch: the tile; offsets of a group's patches from the first; if taps may lie outside, an Inside per position of a
// group.
static inline int32_t tile_words(const ConvShape& s, const Tile& tile) { return s.pool_h * tile.row_stride; }

template <int kLanes>
static inline size_t conv_bits_scratch_bytes(const ConvShape& s) noexcept {
  const Tile tile = tile_layout<kLanes>(s, patch_layout(s));
  const size_t positions = static_cast<size_t>(group_size(s));
  return (static_cast<size_t>(tile_words(s, tile)) + positions) * sizeof(uint32_t) +
         (may_see_outside(s) ? positions * sizeof(Inside) : 0);
}

static inline void list_places(const ConvShape& s, const Tile& tile, int32_t* place) {
  for (int32_t row = 0; row < s.pool_h; ++row) {
    for (int32_t c = 0; c < group_columns(s); ++c) *place++ = row * tile.row_stride + c * tile.column_stride;
  }
}

// The positions first .. last along one axis with all taps inside the input.
struct InsideRange {
  int32_t first, last;

  bool holds(int32_t position, int32_t count) const { return position >= first && position + count - 1 <= last; }
};
static inline InsideRange inside_range(int32_t in, int32_t kernel, int32_t stride, int32_t pad) {
  const int32_t room = in + pad - kernel;
  return {(pad + stride - 1) / stride, room < 0 ? -1 : room / stride};
}

static inline Inside inside_of(const ConvShape& s, const Patch& seen) {
  if (seen.rows.first == seen.rows.last || seen.columns.first == seen.columns.last) return {};  // row 0, all zeros
  return {{corner_row(s, seen.rows.first, seen.columns.first), corner_row(s, seen.rows.last, seen.columns.last)},
          {corner_row(s, seen.rows.first, seen.columns.last), corner_row(s, seen.rows.last, seen.columns.first)}};
}

// (y, x): the first position of the group.
static inline void list_insides(const ConvShape& s, int32_t y, int32_t x, Inside* inside) {
  for (int32_t row = 0; row < s.pool_h; ++row) {
    for (int32_t c = 0; c < group_columns(s); ++c) *inside++ = inside_of(s, patch_at(s, y + row, x + c));
  }
}

// The start of row `y`; null outside the input.
static inline const uint32_t* input_row(const ConvShape& s, const uint32_t* input, int32_t y) {
  if (y < 0 || y >= s.in_h) return nullptr;
  return input + static_cast<size_t>(y) * static_cast<size_t>(s.in_w) * static_cast<size_t>(words_of_bits(s.in_c));
}

// Gathers the patches of kLanes columns of row y, starting at x, if a position is one word. (y, x) is before the pool.
template <class V>
static inline void gather_lanes(const ConvShape& s, const uint32_t* input, const PatchLayout& patch, int32_t y,
                                int32_t x, uint32_t* to, int32_t word_stride) {
  auto word = V::zero();
  int32_t taps_in_word = 0;
  for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h) {
    const uint32_t* row = input_row(s, input, y * s.stride_h - s.pad_h + tap_h);
    for (int32_t tap_w = 0; tap_w < s.kernel_w; ++tap_w) {
      if (row != nullptr) {
        const auto bits = V::load_columns(row, x * s.stride_w - s.pad_w + tap_w, s.stride_w, s.in_w);
        word = V::bit_or(word, V::shift_left(bits, taps_in_word * s.in_c));
      }
      if (++taps_in_word < patch.taps_per_word) continue;
      V::store(to, word);
      to += word_stride;
      word = V::zero();
      taps_in_word = 0;
    }
  }
  if (taps_in_word > 0) V::store(to, word);
}

static inline bool lies_inside(const Patch& patch, const ConvShape& s) {
  return patch.rows.last - patch.rows.first == s.kernel_h && patch.columns.last - patch.columns.first == s.kernel_w;
}

// Gathers the patch of one position if a position is several words.
template <class V>
static inline void gather_patch(const ConvShape& s, const uint32_t* input, const PatchLayout& patch, int32_t y,
                                int32_t x, uint32_t* to) {
  const Patch seen = patch_at(s, y, x);
  const int32_t words = patch.words_per_tap, row_words = s.kernel_w * words;
  if (lies_inside(seen, s)) {
    const uint32_t* row = input_row(s, input, seen.start_h) + seen.start_w * words;
    for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h, to += row_words, row += s.in_w * words) {
      V::copy(to, row, row_words);
    }
    return;
  }
  const int32_t first = seen.columns.first * words, last = seen.columns.last * words;
  for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h, to += row_words) {
    const uint32_t* row = input_row(s, input, seen.start_h + tap_h);
    if (row == nullptr || first == last) {
      for (int32_t w = 0; w < row_words; ++w) to[w] = 0;
      continue;
    }
    for (int32_t w = 0; w < first; ++w) to[w] = 0;
    V::copy(to + first, row + static_cast<ptrdiff_t>(seen.start_w) * words + first, last - first);
    for (int32_t w = last; w < row_words; ++w) to[w] = 0;
  }
}

// Gathers the patches of outputs [out_x, out_x + outputs) of row out_y.
template <class V>
static inline void gather_tile(const ConvShape& s, const uint32_t* input, const PatchLayout& patch, const Tile& tile,
                               int32_t out_y, int32_t out_x, int32_t outputs, uint32_t* to) {
  const int32_t columns = outputs * s.pool_w;
  for (int32_t pool_y = 0; pool_y < s.pool_h; ++pool_y, to += tile.row_stride) {
    const int32_t y = out_y * s.pool_h + pool_y, x = out_x * s.pool_w;
    if (patch.words_per_tap == 1) {
      for (int32_t c = 0; c < columns; c += V::kLanes) {
        gather_lanes<V>(s, input, patch, y, x + c, to + c, tile.word_stride);
      }
    } else {
      for (int32_t c = 0; c < columns; ++c) gather_patch<V>(s, input, patch, y, x + c, to + c * tile.column_stride);
    }
  }
}

}  // namespace stapes
