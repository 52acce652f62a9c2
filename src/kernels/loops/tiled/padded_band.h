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

template <class M>
static inline size_t band_bytes(const ConvShape& s) noexcept {
  const BandShape band = band_shape(s);
  const size_t elements = static_cast<size_t>(band.rows) * static_cast<size_t>(band.row_elements) + M::kGroup - 1;
  return elements * sizeof(typename M::Element);
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
