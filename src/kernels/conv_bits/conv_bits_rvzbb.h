// SPDX-License-Identifier: Apache-2.0
// conv_bits_rvzbb.h: binary convolution with a popcount instruction, such as RISC-V's CPOP (Zbb), filter by filter.
//
//   V = 2 * differing + outside, and the bit is 1 where V <= N - T     (conv_bits_rows.h)
//
// A word of 32 MACs takes two loads, XOR, CPOP and an addition: 0.16 instructions per MAC. The overhead per filter
// matters for few words: 0.25 in all for ACDNet's conv5 (18 words). Tables are better for conv2 and conv3
// (conv_bits_tables.h).
//
// Prepared memory, in words:
//   [out_c][kernel_h][row_words]   the filters, each row of taps padded to whole words with 0
//   [out_c]                        N - T, clamped to -1 .. 2 * N
//   [words of out_c]               falling flags
#pragma once

#include <string.h>

#include "kernels/conv_bits/conv_bits_rows.h"

namespace stapes {

struct CountedLayout {
  int32_t row_words, filter_words;
  int32_t most, falling, words;
};

static inline constexpr CountedLayout counted_layout(const ConvShape& s) {
  CountedLayout l{};
  l.row_words = words_of_row(s);
  l.filter_words = s.kernel_h * l.row_words;
  l.most = s.out_c * l.filter_words;
  l.falling = l.most + s.out_c;
  l.words = l.falling + words_of_bits(s.out_c);
  return l;
}

static inline size_t counted_prepared_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(counted_layout(s).words) * sizeof(uint32_t);
}

static inline bool counted_suits(const ConvShape& s) noexcept { return is_ungrouped(s) && bits_of_filter(s) > 63; }

static inline void prepare_counted(const ConvBitsArgs<uint32_t>& a, void* prepared) noexcept {
  const ConvShape& s = a.shape;
  const CountedLayout l = counted_layout(s);
  uint32_t* const words = static_cast<uint32_t*>(prepared);
  memset(prepared, 0, counted_prepared_bytes(s));
  for (int32_t o = 0; o < s.out_c; ++o) {
    for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h) {
      uint32_t* row = words + o * l.filter_words + tap_h * l.row_words;
      for (int32_t at = 0; at < bits_of_row(s); ++at) {
        row[at / 32] |= filter_bit(s, a.weights, o, tap_h, at) << (at % 32);
      }
    }
    const int64_t most = int64_t{bits_of_filter(s)} - a.threshold[o], largest = 2 * int64_t{bits_of_filter(s)};
    words[l.most + o] = static_cast<uint32_t>(static_cast<int32_t>(most < -1 ? -1 : most > largest ? largest : most));
    if (a.falling != nullptr) words[l.falling + o / 32] |= uint32_t{a.falling[o]} << (o % 32);
  }
}

template <int32_t kWords>
STAPES_ALWAYS_INLINE int32_t differing(const uint32_t* w, const uint32_t* x) {
  int32_t sum = 0;
#pragma GCC unroll 16
  for (int32_t i = 0; i < kWords; ++i) sum += __builtin_popcount(w[i] ^ x[i]);
  return sum;
}

// V of one filter at one position.
template <int32_t kRowWords>
STAPES_ALWAYS_INLINE int32_t counted_sum(const TapRows& x, const uint32_t* filter) {
  int32_t once = 0, again = 0;
  const uint32_t* row = x.first;
  const uint32_t* w = filter + x.rows.first * kRowWords;
  for (int32_t tap_h = x.rows.first; tap_h < x.rows.last; ++tap_h, row += x.row_stride, w += kRowWords) {
    once += differing<kRowWords>(w, row);
    if (x.columns_outside) again += differing<kRowWords>(w, row + (x.second - x.first));
  }
  return x.bits_outside + once + (x.columns_outside ? again : once);
}

template <int32_t kRowWords>
STAPES_ALWAYS_INLINE void run_counted(const ConvShape& s, const CountedLayout& l, const ConvBitsArgs<uint32_t>& a) {
  const uint32_t* const filters = static_cast<const uint32_t*>(a.memory.prepared);
  const uint32_t* const falling = filters + l.falling;
  uint32_t* output = a.output;
  const int32_t words_out = words_of_bits(s.out_c);
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x, output += words_out) {
      for (int32_t i = 0; i < words_out; ++i) output[i] = 0;
      for_pool(s, a.input, y, x, a.memory.scratch, [&](const TapRows& rows) {
        const uint32_t* filter = filters;
        for (int32_t o = 0; o < s.out_c; ++o, filter += l.filter_words) {
          const int32_t most = static_cast<int32_t>(filters[l.most + o]);
          if (counted_sum<kRowWords>(rows, filter) <= most) output[o / 32] |= 1u << (o % 32);
        }
      });
      for (int32_t i = 0; i < words_out; ++i) output[i] ^= falling[i];
    }
  }
}

// For exports: the shape is constant except for the rows of a call.
template <const ConvShape& kShape>
static inline void conv_bits_rvzbb_fixed(const ConvBitsArgs<uint32_t>& a) {
  static constexpr CountedLayout kLayout = counted_layout(kShape);
  run_counted<kLayout.row_words>(with_rows_of(kShape, a.shape), kLayout, a);
}

}  // namespace stapes
