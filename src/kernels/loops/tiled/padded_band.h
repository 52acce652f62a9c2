// SPDX-License-Identifier: Apache-2.0
// padded_band.h: the input rows that one row of outputs sees, copied into scratch memory as the machine wants its
// elements, with the padding around them. So a patch is one contiguous piece in each row and no tap needs a test, and a
// group of elements read beyond the end of a row (weights of 0 meet them) is still inside the scratch.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/conv_shape.h"

namespace stapes {

struct BandShape {
  int32_t rows, row_elements;
};
static inline BandShape band_shape(const ConvShape& s) {
  return {(s.pool_h - 1) * s.stride_h + s.kernel_h, (s.pad_w + s.in_w + end_pad_w(s)) * s.in_c};
}

// Elements from one row of the band, one position and one group of a row of taps to the next.
struct BandSteps {
  ptrdiff_t row, position, group;
};
template <class M>
static inline BandSteps band_steps(const ConvShape& s) {
  return {band_shape(s).row_elements, static_cast<ptrdiff_t>(s.stride_w) * s.in_c, M::kGroup};
}

// In a pointwise convolution rows may follow each other as one, so that tiles are full where maps are narrow. Of so
// many bytes at most, which stay in the first cache.
constexpr int32_t kMostJoinedBytes = 8192;

static inline bool rows_can_join(const ConvShape& s) {
  return s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1 && s.pad_h == 0 && s.pad_w == 0 &&
         s.pool_h == 1 && s.pool_w == 1 && s.out_w == s.in_w && s.out_h == s.in_h;
}

template <class M>
static inline ConvShape with_joined_rows(const ConvShape& s) {
  if (!rows_can_join(s)) return s;
  const int32_t most = kMostJoinedBytes / static_cast<int32_t>(sizeof(typename M::Element)) / s.in_w / s.in_c;
  int32_t rows = most < 1 ? 1 : most < s.out_h ? most : s.out_h;
  while (s.out_h % rows != 0) --rows;
  ConvShape joined = s;
  joined.in_h = joined.out_h = s.out_h / rows;
  joined.in_w = joined.out_w = s.out_w * rows;
  return joined;
}

// Of any number of rows up to the shape's, for some of which more rows may join than for others.
template <class M>
static inline size_t band_bytes(const ConvShape& s) noexcept {
  const BandShape band = band_shape(s);
  size_t elements = static_cast<size_t>(band.rows) * static_cast<size_t>(band.row_elements);
  if (rows_can_join(s)) {
    const size_t all = elements * static_cast<size_t>(s.in_h), most = kMostJoinedBytes / sizeof(typename M::Element);
    const size_t joined = all < most ? all : most;
    if (elements < joined) elements = joined;
  }
  return (elements + M::kGroup - 1) * sizeof(typename M::Element);
}

template <class M>
static inline void fill_elements(typename M::Element* to, int32_t count, typename M::Element value) {
  for (int32_t i = 0; i < count; ++i) to[i] = value;
}

// `first_row` is the input row of the band's first; may be outside, as may others.
template <class M, class Input>
static inline void load_band(const ConvShape& s, const Input* input, int32_t zero_point, int32_t first_row,
                             typename M::Element* band) {
  const BandShape shape = band_shape(s);
  const typename M::Element padding = M::element(zero_point, zero_point);
  const int32_t side = s.pad_w * s.in_c, inside = s.in_w * s.in_c;
  for (int32_t row = first_row; row < first_row + shape.rows; ++row, band += shape.row_elements) {
    if (row < 0 || row >= s.in_h) {
      fill_elements<M>(band, shape.row_elements, padding);
      continue;
    }
    fill_elements<M>(band, side, padding);
    M::load_elements(input + static_cast<ptrdiff_t>(row) * inside, inside, zero_point, band + side);
    fill_elements<M>(band + side + inside, shape.row_elements - side - inside, padding);
  }
}

}  // namespace stapes
