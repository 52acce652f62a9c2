// SPDX-License-Identifier: Apache-2.0
// conv_bits_rows.h: packs the input bits under one row of taps without gaps, in filter order (bit tap_w * in_c + c),
// for standard C++.
//
// Tap columns outside the input must add 0. So the row is counted twice, with 0 and with 1 for their bits: each weight
// there differs exactly once. With D0 and D1 differing bits in the two counts and N bits of a filter,
//   D0 + D1 = 2 * differing + outside,    and    s >= T  <=>  2 * differing + outside <= N - T
// Rows outside are skipped; their bits are added to `outside`.
#pragma once

#include "kernels/always_inline.h"
#include "kernels/conv_bits/conv_bits.h"

namespace stapes {

static inline constexpr int32_t bits_of_row(const ConvShape& s) { return s.kernel_w * s.in_c; }
static inline constexpr int32_t words_of_row(const ConvShape& s) { return words_of_bits(bits_of_row(s)); }
static inline constexpr int32_t bits_of_filter(const ConvShape& s) { return s.kernel_h * bits_of_row(s); }

// The rows of taps of one position, with 0 for taps outside. `second`: a copy with 1 instead, if columns lie outside.
struct TapRows {
  TapRange rows;  // inside
  bool columns_outside;
  const uint32_t* first;  // row rows.first, with 0 for taps outside
  const uint32_t* second;
  ptrdiff_t row_stride;  // in words
  int32_t bits_outside;  // of the rows outside
};

static inline size_t tap_rows_bytes(const ConvShape& s) noexcept {
  return 2 * static_cast<size_t>(s.kernel_h) * static_cast<size_t>(words_of_row(s)) * sizeof(uint32_t);
}

// put_taps() for up to 32 channels.
STAPES_ALWAYS_INLINE void put_narrow_taps(uint32_t* to, int32_t at, const uint32_t* from, int32_t taps,
                                          int32_t channels) {
  to += at / 32;
  at %= 32;
  uint32_t word = 0;
  for (int32_t tap = 0; tap < taps; ++tap) {
    const uint32_t bits = *from++;
    word |= bits << at;
    at += channels;
    if (at < 32) continue;
    *to++ = word;
    at -= 32;
    word = at == 0 ? 0 : bits >> (channels - at);
  }
  if (at != 0) *to = word;
}

// Writes the channels of `taps` positions from bit `at` of `to`. Clears the other bits of these words.
STAPES_ALWAYS_INLINE void put_taps(const ConvShape& s, uint32_t* to, int32_t at, const uint32_t* from, int32_t taps) {
  const int32_t words_in = words_of_bits(s.in_c);
  if (words_in == 1) return put_narrow_taps(to, at, from, taps, s.in_c);
  to += at / 32;
  int32_t filled = at % 32;
  uint32_t word = 0;  // to be written to *to
  for (int32_t tap = 0; tap < taps; ++tap) {
    int32_t left = s.in_c;
    for (int32_t i = 0; i < words_in; ++i, left -= 32) {
      const uint32_t bits = *from++;
      const int32_t count = left < 32 ? left : 32;
      word |= bits << filled;
      filled += count;
      if (filled < 32) continue;
      *to++ = word;
      filled -= 32;
      word = filled == 0 ? 0 : bits >> (count - filled);
    }
  }
  if (filled != 0) *to = word;
}

static inline void put_ones(uint32_t* to, int32_t at, int32_t count) {
  for (; count > 0; --count, ++at) to[at / 32] |= 1u << (at % 32);
}

// (y, x) is a position before the pool. `memory` holds tap_rows_bytes().
STAPES_ALWAYS_INLINE TapRows gather_rows(const ConvShape& s, const uint32_t* input, int32_t y, int32_t x,
                                         void* memory) {
  const Patch patch = patch_at(s, y, x);
  const int32_t row_words = words_of_row(s), words_in = words_of_bits(s.in_c);
  const int32_t taps = patch.columns.last - patch.columns.first;
  const int32_t rows_outside = s.kernel_h - (patch.rows.last - patch.rows.first);
  const ptrdiff_t in_stride = static_cast<ptrdiff_t>(s.in_w) * words_in;
  const uint32_t* from =
      input + (patch.start_h + patch.rows.first) * in_stride + (patch.start_w + patch.columns.first) * words_in;
  TapRows seen{patch.rows, taps < s.kernel_w, from, from, in_stride, rows_outside * bits_of_row(s)};
  if (s.in_c % 32 == 0 && !seen.columns_outside) return seen;  // in place
  uint32_t* to = static_cast<uint32_t*>(memory);
  uint32_t* ones = to + s.kernel_h * row_words;
  seen.first = to;
  seen.second = ones;
  seen.row_stride = row_words;
  for (int32_t tap_h = patch.rows.first; tap_h < patch.rows.last; ++tap_h, to += row_words, from += in_stride) {
    if (!seen.columns_outside) {
      put_taps(s, to, 0, from, s.kernel_w);
      continue;
    }
    for (int32_t i = 0; i < row_words; ++i) to[i] = 0;
    put_taps(s, to, patch.columns.first * s.in_c, from, taps);
    for (int32_t i = 0; i < row_words; ++i) ones[i] = to[i];
    put_ones(ones, 0, patch.columns.first * s.in_c);
    put_ones(ones, patch.columns.last * s.in_c, (s.kernel_w - patch.columns.last) * s.in_c);
    ones += row_words;
  }
  return seen;
}

// Calls use(rows of taps) for each position in the pool of output (y, x).
template <class Use>
STAPES_ALWAYS_INLINE void for_pool(const ConvShape& s, const uint32_t* input, int32_t y, int32_t x, void* memory,
                                   Use use) {
  for (int32_t py = y * s.pool_h; py < (y + 1) * s.pool_h; ++py) {
    for (int32_t px = x * s.pool_w; px < (x + 1) * s.pool_w; ++px) use(gather_rows(s, input, py, px, memory));
  }
}

// Bit `at` of row `tap_h` of filter `o`; 0 past the last filter or bit.
static inline uint32_t filter_bit(const ConvShape& s, const uint32_t* weights, int32_t o, int32_t tap_h, int32_t at) {
  if (o >= s.out_c || at >= bits_of_row(s)) return 0;
  const uint32_t* row = weights + static_cast<ptrdiff_t>(o) * words_of_bits(bits_of_filter(s));
  const int32_t bit = tap_h * bits_of_row(s) + at;
  return row[bit / 32] >> (bit % 32) & 1u;
}

// Whether an operator outputs words of bits, not sums.
template <class Output>
constexpr bool kGivesBits = sizeof(Output) == sizeof(uint32_t);

}  // namespace stapes
