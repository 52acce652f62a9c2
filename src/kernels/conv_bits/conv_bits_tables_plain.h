// SPDX-License-Identifier: Apache-2.0
// conv_bits_tables_plain.h: binary convolution by table lookup in standard C++ (conv_bits_tables.h).
#pragma once

#include "kernels/conv_bits/conv_bits.h"
#include "kernels/conv_bits/conv_bits_tables.h"

namespace stapes {

constexpr uint32_t kEachByte = 0x01010101u;

// The scratch memory: rows of taps, then the arrays below.
struct TableLookup {
  TableLookup(const ConvShape& s, const TableLayout& l, void* memory)
      : rows(memory),
        found(reinterpret_cast<const uint32_t**>(static_cast<unsigned char*>(memory) +
                                                 (tap_rows_bytes(s) + sizeof(void*) - 1) / sizeof(void*) *
                                                     sizeof(void*))),
        any(reinterpret_cast<uint32_t*>(found + 2 * s.kernel_h * l.chunks)) {}

  void* rows;
  const uint32_t** found;  // addresses of the chunks' sums
  uint32_t* any;           // [filter_words] bit 7 of each byte: some position's sum was large enough
};

// Appends the address of each chunk's sums to `found`; returns the new end.
STAPES_ALWAYS_INLINE const uint32_t** look_up(const uint32_t* table, const TableLayout& l, const uint32_t* row,
                                              const uint32_t** found) {
  const int32_t chunk_words = 16 * l.filter_words;
  uint32_t bits = 0;
  for (int32_t chunk = 0; chunk < l.chunks; ++chunk, table += chunk_words, bits >>= 4) {
    if (chunk % 8 == 0) bits = *row++;
    *found++ = table + static_cast<int32_t>(bits & 15u) * l.filter_words;
  }
  return found;
}

// Sums kWords words of filters over the chunks in `found`. Compares V = outside + (sum << shift) with `most` and
// ORs the results into `any`.
template <int kWords>
STAPES_ALWAYS_INLINE void compare_words(const uint32_t* const* found, const uint32_t* const* end, int32_t word,
                                        const uint32_t* most, uint32_t outside, int shift, uint32_t* any) {
  uint32_t sums[kWords] = {};
  for (; found != end; ++found) {
    const uint32_t* const from = *found + word;
#pragma GCC unroll 4
    for (int i = 0; i < kWords; ++i) sums[i] += from[i];
  }
#pragma GCC unroll 4
  for (int i = 0; i < kWords; ++i) any[word + i] |= most[word + i] - outside - (sums[i] << shift);
}

STAPES_ALWAYS_INLINE void look_at_position(const TableLayout& l, const uint32_t* table, const TapRows& rows,
                                           const TableLookup& lookup) {
  const uint32_t** end = lookup.found;
  const uint32_t* row = rows.first;
  for (int32_t tap_h = rows.rows.first; tap_h < rows.rows.last; ++tap_h, row += rows.row_stride) {
    const uint32_t* const of_row = table + tap_h * l.chunks * 16 * l.filter_words;
    end = look_up(of_row, l, row, end);
    if (rows.columns_outside) end = look_up(of_row, l, row + (rows.second - rows.first), end);
  }
  const uint32_t outside = static_cast<uint32_t>(rows.bits_outside) * kEachByte;
  const int shift = rows.columns_outside ? 0 : 1;
  const uint32_t* const most = table + l.most;
  int32_t word = 0;
  for (; word + 4 <= l.filter_words; word += 4) {
    compare_words<4>(lookup.found, end, word, most, outside, shift, lookup.any);
  }
  for (; word < l.filter_words; ++word) compare_words<1>(lookup.found, end, word, most, outside, shift, lookup.any);
}

// Packs bit 7 of the four bytes into the lowest four bits.
static inline uint32_t pack_bytes(uint32_t bytes) { return ((bytes >> 7 & kEachByte) * 0x10204080u) >> 28; }

STAPES_ALWAYS_INLINE void run_tables(const ConvShape& s, const TableLayout& l, const ConvBitsArgs<uint32_t>& a) {
  const TableLookup lookup(s, l, a.memory.scratch);
  const uint32_t* const table = static_cast<const uint32_t*>(a.memory.prepared);
  const uint32_t* const falling = table + l.falling;
  uint32_t* output = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x, output += words_of_bits(s.out_c)) {
      for (int32_t word = 0; word < l.filter_words; ++word) lookup.any[word] = 0;
      for_pool(s, a.input, y, x, lookup.rows, [&](const TapRows& rows) { look_at_position(l, table, rows, lookup); });
      for (int32_t i = 0; i < words_of_bits(s.out_c); ++i) output[i] = falling[i];
      for (int32_t word = 0; word < l.filter_words; ++word) {
        output[word / 8] ^= pack_bytes(lookup.any[word]) << (word % 8 * 4);
      }
    }
  }
}

// For exports: the shape is constant except for the rows of a call.
template <const ConvShape& kShape>
static inline void conv_bits_tables_plain_fixed(const ConvBitsArgs<uint32_t>& a) {
  static constexpr TableLayout kLayout = table_layout(kShape);
  run_tables(with_rows_of(kShape, a.shape), kLayout, a);
}

}  // namespace stapes
