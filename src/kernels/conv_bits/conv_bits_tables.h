// SPDX-License-Identifier: Apache-2.0
// conv_bits_tables.h: binary convolution by table lookup, for filters with few bits, such as ACDNet's conv2.
//
// For each value of four input bits, a table holds how many bits differ from the weights, one byte per filter. One word
// addition adds four bits for four filters: 16 MACs. A position takes
//   ceil(bits of a row / 4) * kernel_h * (out_c / 4) loads and as many additions
// That is 0.125 instructions per MAC plus the extraction of the values. The tables take 32 times the memory of the
// weights (conv2: 10 KB).
//
// V = 2 * differing + outside (conv_bits_rows.h) is at most 2 * 63 and fits 7 bits. One subtraction compares it: bit 7
// of (128 + most - V) is 1 where V <= most = N - T. The maximum over the pool is the OR of these bits.
//
// Prepared memory, in words:
//   [kernel_h][chunks][16][filter_words]   differing bits, 4 filters per word
//   [filter_words]                         128 + most
//   [words of out_c]                       falling flags
// Filters past the last have most = -1, so their bit is 0.
#pragma once

#include <string.h>

#include "kernels/conv_bits/conv_bits_rows.h"

namespace stapes {

struct TableLayout {
  int32_t chunks;        // of 4 bits, per row of taps
  int32_t filter_words;  // 4 filters per word
  int32_t most, falling, words;
};

static inline constexpr TableLayout table_layout(const ConvShape& s) {
  TableLayout l{};
  l.chunks = (bits_of_row(s) + 3) / 4;
  l.filter_words = (s.out_c + 3) / 4;
  l.most = s.kernel_h * l.chunks * 16 * l.filter_words;
  l.falling = l.most + l.filter_words;
  l.words = l.falling + words_of_bits(s.out_c);
  return l;
}

static inline size_t tables_prepared_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(table_layout(s).words) * sizeof(uint32_t);
}

// Scratch: rows of taps; up to two addresses of sums per chunk; results, a byte per filter.
static inline size_t tables_scratch_bytes(const ConvShape& s) noexcept {
  const TableLayout l = table_layout(s);
  const size_t found = 2 * static_cast<size_t>(s.kernel_h) * static_cast<size_t>(l.chunks) * sizeof(uint32_t*);
  return tap_rows_bytes(s) + found + static_cast<size_t>(l.filter_words) * sizeof(uint32_t) + sizeof(uint32_t*);
}

static inline bool tables_suit(const ConvShape& s) noexcept {
  constexpr size_t kMaxBytes = 12 * 1024;
  return is_ungrouped(s) && static_cast<int64_t>(s.kernel_h) * s.kernel_w * s.in_c <= 63 &&
         tables_prepared_bytes(s) <= kMaxBytes;
}

// ---- weight layout ----

static inline uint32_t differing_bits(const ConvBitsArgs<uint32_t>& a, int32_t o, int32_t tap_h, int32_t chunk,
                                      uint32_t value) {
  uint32_t weights = 0;
  for (int32_t i = 0; i < 4; ++i) weights |= filter_bit(a.shape, a.weights, o, tap_h, 4 * chunk + i) << i;
  return static_cast<uint32_t>(popcount32(weights ^ value));
}

static inline uint32_t max_below_128(const ConvBitsArgs<uint32_t>& a, int32_t o) {
  if (o >= a.shape.out_c) return 127;
  const int64_t most = int64_t{bits_of_filter(a.shape)} - a.threshold[o];
  return static_cast<uint32_t>(128 + (most < -1 ? -1 : most > 127 ? 127 : most));
}

static inline void prepare_tables(const ConvBitsArgs<uint32_t>& a, void* prepared) noexcept {
  const TableLayout l = table_layout(a.shape);
  uint32_t* const words = static_cast<uint32_t*>(prepared);
  memset(prepared, 0, tables_prepared_bytes(a.shape));
  for (int32_t o = 0; o < l.filter_words * 4; ++o) {
    const int32_t word = o / 4, shift = o % 4 * 8;
    for (int32_t row = 0; row < a.shape.kernel_h * l.chunks; ++row) {
      for (int32_t value = 0; value < 16 && o < a.shape.out_c; ++value) {
        const uint32_t differing = differing_bits(a, o, row / l.chunks, row % l.chunks, static_cast<uint32_t>(value));
        words[(row * 16 + value) * l.filter_words + word] |= differing << shift;
      }
    }
    words[l.most + word] |= max_below_128(a, o) << shift;
    if (o < a.shape.out_c && a.falling != nullptr) words[l.falling + o / 32] |= uint32_t{a.falling[o]} << (o % 32);
  }
}

}  // namespace stapes
