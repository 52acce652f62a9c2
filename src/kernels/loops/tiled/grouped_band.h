// SPDX-License-Identifier: Apache-2.0
// grouped_band.h: padded_band.h for convolutions with groups, in which each lane needs different channels. Rows are
// spread out so that lane `o` finds its input at index `o`:
//
//   band [row][pad_w + in_w + end_pad_w][in_c / groups][out_c] pairs:  channel `j` of filter o's group and the next
//   element in that filter's row of taps: the group's next channel or, after its last one, the first channel of the
//   next column
//
// A lane multiplies a pair. A row of taps is every second vector, starting at the position's first. Depthwise
// convolutions need no spreading. Otherwise the band has out_c / groups times the elements of the input rows, limited
// by suits_grouped().
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/loops/tiled/padded_band.h"

namespace stapes {

// Elements of one column, of the padding next to a row, and of a row, before they become pairs. 64 bits: the band has
// more elements than the tensor.
static inline ptrdiff_t spread_column(const ConvShape& s) {
  return static_cast<ptrdiff_t>(group_channels(s)) * s.out_c;
}
static inline ptrdiff_t spread_side(const ConvShape& s) { return s.pad_w * spread_column(s); }
static inline ptrdiff_t spread_row_elements(const ConvShape& s) {
  return (s.pad_w + s.in_w + end_pad_w(s)) * spread_column(s);
}

static inline BandSteps grouped_band_steps(const ConvShape& s) {
  return {2 * spread_row_elements(s), 2 * s.stride_w * spread_column(s), 2 * 2 * static_cast<ptrdiff_t>(s.out_c)};
}

// Scratch: the band; input of the last block's lanes beyond the last channel; one row before it becomes pairs; a vector
// for the last pair.
template <class M>
static inline size_t grouped_band_elements(const ConvShape& s) {
  return static_cast<size_t>(band_shape(s).rows * grouped_band_steps(s).row) + M::kLanes * M::kGroup;
}
static inline size_t spread_elements(const ConvShape& s) {
  return static_cast<size_t>(spread_row_elements(s) + s.out_c);
}

template <class M>
static inline size_t grouped_band_bytes(const ConvShape& s) noexcept {
  return (grouped_band_elements<M>(s) + spread_elements(s)) * sizeof(typename M::Element);
}

// Writes one input row as [in_w][in_c / groups][out_c].
template <class M, class Input>
static inline void spread_row(const ConvShape& s, const Input* input, int32_t zero_point, typename M::Element* to) {
  if (s.in_c == s.groups && s.out_c == s.groups) {
    for (int32_t i = 0; i < s.in_w * s.in_c; ++i) to[i] = M::element(input[i], zero_point);
    return;
  }
  const int32_t channels = group_channels(s), filters = s.out_c / s.groups;
  for (int32_t x = 0; x < s.in_w; ++x, input += s.in_c) {
    for (int32_t j = 0; j < channels; ++j) {
      for (int32_t group = 0; group < s.groups; ++group) {
        const typename M::Element element = M::element(input[group * channels + j], zero_point);
        for (int32_t f = 0; f < filters; ++f) *to++ = element;
      }
    }
  }
}

// `spread` has zeros around its row.
template <class M, class Input>
static inline void load_grouped_row(const ConvShape& s, const Input* input, int32_t zero_point, int32_t row,
                                    typename M::Element* spread, typename M::Element* band) {
  static_assert(M::kGroup == 2 && M::element(5, 5) == 0, "bands are spread in pairs, and padding is 0");
  const ptrdiff_t pairs = spread_row_elements(s);
  if (row < 0 || row >= s.in_h) {
    memset(band, 0, static_cast<size_t>(2 * pairs) * sizeof *band);
    return;
  }
  spread_row<M>(s, input + static_cast<ptrdiff_t>(row) * s.in_w * s.in_c, zero_point, spread + spread_side(s));
  const typename M::Element* next = spread + s.out_c;
  for (ptrdiff_t i = 0; i < pairs; ++i) {
    band[2 * i] = spread[i];
    band[2 * i + 1] = next[i];
  }
}

// Loads the band of output row `out_y`. Reuses rows of the previous band, since spreading costs more than moving.
// `memory`: grouped_band_bytes<M>(), undefined before row 0.
template <class M, class Input>
static inline void load_grouped_band(const ConvShape& s, const Input* input, int32_t zero_point, int32_t out_y,
                                     typename M::Element* memory) {
  typename M::Element* spread = memory + grouped_band_elements<M>(s);
  const int32_t rows = band_shape(s).rows, advance = s.pool_h * s.stride_h;
  const ptrdiff_t row_elements = grouped_band_steps(s).row;
  int32_t loaded = 0;
  if (out_y == 0) {
    memset(spread, 0, spread_elements(s) * sizeof *spread);
  } else if (advance < rows) {
    loaded = rows - advance;
    memmove(memory, memory + advance * row_elements, static_cast<size_t>(loaded * row_elements) * sizeof *memory);
  }
  for (; loaded < rows; ++loaded) {
    load_grouped_row<M>(s, input, zero_point, out_y * advance - s.pad_h + loaded, spread,
                        memory + loaded * row_elements);
  }
}

template <class M>
struct MovingGroupedBand {
  typename M::Element* memory;  // grouped_band_bytes<M>()

  static BandSteps steps(const ConvShape& s) { return grouped_band_steps(s); }

  template <class Input>
  const typename M::Element* of_row(const ConvShape& s, const Input* input, int32_t zero_point, int32_t out_y) {
    load_grouped_band<M>(s, input, zero_point, out_y, memory);
    return memory;
  }
};

}  // namespace stapes
