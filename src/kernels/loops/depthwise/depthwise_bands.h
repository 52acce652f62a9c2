// SPDX-License-Identifier: Apache-2.0
// depthwise_bands.h: int8 depthwise convolutions on cores that multiply one pair at a time. Channel by channel, to keep
// constants in registers.
//
//   for each channel:
//     for each band of output rows:
//       copy the input of the rows, with padding, as words
//       sums, rescale, store
//
// A band's input fits in kDepthwiseBandWords unless one row of outputs needs more. Elements include their zero point;
// the initial sum compensates for it.
//
// Prepared memory: the DepthwiseFilter of each channel, then [channel][kernel_h][kernel_w] weights. Scratch: the
// weights of a channel as words, then the words of a band. M is a machine:
//   run(band)   all outputs of a band
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/always_inline.h"
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/loops/depthwise/depthwise_conv.h"

namespace stapes {

constexpr int32_t kDepthwiseBandWords = 512;

// `multiplier`, `offset` and `right`: as in PairedFinish (paired/paired_layout.h).
struct DepthwiseFilter {
  int32_t first;  // the initial value of a sum
  int32_t multiplier, offset, right;
};

struct DepthwiseBand {
  const int32_t* weights;
  const int32_t* words;
  int32_t row_words;       // from one row of words to the next
  int32_t step_h, step_w;  // words from one output to the next
  int32_t rows, columns;   // outputs
  int8_t* output;
  int32_t channels;  // from one output to the next
  DepthwiseFilter filter;
};

static inline bool depthwise_bands_suits(const ConvShape& s) noexcept {
  return depthwise_suits(s) && s.kernel_w * int64_t{s.kernel_h} <= 256 && s.stride_w <= 64 && s.stride_h <= 64;
}

static inline constexpr int32_t depthwise_band_rows(const ConvShape& s) {
  const int32_t rows = kDepthwiseBandWords / depthwise_columns(s);
  const int32_t most = rows < s.kernel_h ? 1 : (rows - s.kernel_h) / s.stride_h + 1;
  return most < s.out_h ? most : s.out_h;
}
static inline constexpr int32_t depthwise_band_words(const ConvShape& s) {
  return ((depthwise_band_rows(s) - 1) * s.stride_h + s.kernel_h) * depthwise_columns(s);
}
static inline size_t depthwise_bands_scratch_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(s.kernel_h * s.kernel_w + depthwise_band_words(s)) * sizeof(int32_t);
}
static inline size_t depthwise_bands_prepared_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(s.in_c) * (sizeof(DepthwiseFilter) + filter_size(s));
}

// Copies `count` rows of one channel, from input row `row`. Rows may be outside the input.
STAPES_ALWAYS_INLINE void copy_depthwise_band(const ConvShape& s, const int8_t* input, int32_t zero_point, int32_t row,
                                              int32_t count, int32_t* to) {
  const int32_t columns = depthwise_columns(s);
  const TapRange inside = s.pad_w >= columns ? TapRange{0, 0} : taps_inside(-s.pad_w, columns, s.in_w);
  for (const int32_t end = row + count; row < end; ++row, to += columns) {
    const TapRange copied = row < 0 || row >= s.in_h ? TapRange{0, 0} : inside;
    ptrdiff_t from = (static_cast<ptrdiff_t>(row) * s.in_w + copied.first - s.pad_w) * s.in_c;  // may be outside
    for (int32_t i = 0; i < copied.first; ++i) to[i] = zero_point;
#pragma GCC unroll 4
    for (int32_t i = copied.first; i < copied.last; ++i, from += s.in_c) to[i] = input[from];
    for (int32_t i = copied.last; i < columns; ++i) to[i] = zero_point;
  }
}

template <class M>
STAPES_ALWAYS_INLINE void run_depthwise_bands(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a) {
  const int32_t taps = s.kernel_h * s.kernel_w, band_rows = depthwise_band_rows(s);
  auto* const weights = static_cast<int32_t*>(a.memory.scratch);
  int32_t* const words = weights + taps;
  const auto* filter = static_cast<const DepthwiseFilter*>(a.memory.prepared);
  const int8_t* bytes = reinterpret_cast<const int8_t*>(filter + s.in_c);
  for (int32_t c = 0; c < s.in_c; ++c, ++filter, bytes += taps) {
    for (int32_t i = 0; i < taps; ++i) weights[i] = bytes[i];
    for (int32_t y = 0; y < s.out_h; y += band_rows) {
      const int32_t rows = s.out_h - y < band_rows ? s.out_h - y : band_rows;
      copy_depthwise_band(s, a.input + c, a.in_zero_point, y * s.stride_h - s.pad_h,
                          (rows - 1) * s.stride_h + s.kernel_h, words);
      M::run(s, DepthwiseBand{weights, words, depthwise_columns(s), s.stride_h * depthwise_columns(s), s.stride_w, rows,
                              s.out_w, a.output + static_cast<ptrdiff_t>(y) * s.out_w * s.out_c + c, s.out_c, *filter});
    }
  }
}

template <class M>
static inline void depthwise_bands(const ConvI8Args<int8_t, int8_t>& a) {
  run_depthwise_bands<M>(a.shape, a);
}

// For exports: the shape is constant except for the rows of a call.
template <class M, const ConvShape& kShape>
static inline void depthwise_bands_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  run_depthwise_bands<M>(with_rows_of(kShape, a.shape), a);
}

}  // namespace stapes
