// SPDX-License-Identifier: Apache-2.0
// conv_rows.h: the input rows that a convolution needs for given output rows.
//
// Row Y of the output, after the fused pool, depends on rows Y*pool_h .. Y*pool_h + pool_h - 1 before the pool. Each of
// these rows y depends on kernel_h input rows from y*stride_h - pad_h (kernels/conv_shape.h).
#pragma once

#include <stdint.h>

#include "kernels/conv_shape.h"

namespace stapes {

// Rows [first, end) of a tensor.
struct Rows {
  int32_t first = 0, end = 0;

  int32_t count() const { return end - first; }
};

// `row`, clamped to [0, height].
static inline int32_t row_inside(int32_t row, int32_t height) { return row < 0 ? 0 : row > height ? height : row; }

// The input rows of output rows `made`, without padding. Empty shape: {0, 0}.
static inline Rows rows_seen(const ConvShape& s, Rows made) {
  const int32_t first_before_pool = made.first * s.pool_h, last_before_pool = made.end * s.pool_h - 1;
  return {row_inside(first_before_pool * s.stride_h - s.pad_h, s.in_h),
          row_inside(last_before_pool * s.stride_h - s.pad_h + s.kernel_h, s.in_h)};
}

// Input rows of one output row, away from the borders.
static inline int32_t window_rows(const ConvShape& s) {
  const int32_t rows = (s.pool_h - 1) * s.stride_h + s.kernel_h;
  return rows < s.in_h ? rows : s.in_h;
}

// The shape of a convolution that computes only rows `made`, from an input that begins at rows_seen().first. Taps below
// the last row are outside the input. Results are bit-identical to the whole layer's.
static inline ConvShape shape_of_rows(const ConvShape& whole, Rows made) {
  ConvShape s = whole;
  s.in_h = rows_seen(whole, made).count();
  s.out_h = made.count();
  const int32_t pad_h = whole.pad_h - made.first * whole.pool_h * whole.stride_h;
  s.pad_h = pad_h > 0 ? pad_h : 0;
  return s;
}

}  // namespace stapes
