// SPDX-License-Identifier: Apache-2.0
// padded_band.h: copies the input rows of one row of outputs into scratch in the machine's format, with padding. Taps
// need no bounds checks, and elements read beyond a row (with weights of 0) are still in scratch.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/conv_shape.h"

namespace stapes {

struct BandShape {
  int32_t rows, row_elements;
};
static inline BandShape band_shape(const ConvShape& s) {
  return {(s.pool_h - 1) * s.stride_h + s.kernel_h, (s.pad_w + s.in_w + end_pad_w(s)) * s.in_c};
}

// Distances in elements between rows of the band, between positions, and between groups of a row of taps.
struct BandSteps {
  ptrdiff_t row, position, group;
};
template <class M>
static inline BandSteps band_steps(const ConvShape& s) {
  return {band_shape(s).row_elements, static_cast<ptrdiff_t>(s.stride_w) * s.in_c, M::kGroup};
}

// Pointwise convolutions may join rows into one, to fill tiles in narrow feature maps. The joined row stays in the
// first-level cache.
constexpr int32_t kMaxJoinedBytes = 8192;

static inline bool rows_can_join(const ConvShape& s) {
  return s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1 && s.pad_h == 0 && s.pad_w == 0 &&
         s.pool_h == 1 && s.pool_w == 1 && s.out_w == s.in_w && s.out_h == s.in_h;
}

template <class M>
static inline ConvShape with_joined_rows(const ConvShape& s) {
  if (!rows_can_join(s)) return s;
  const int32_t most = kMaxJoinedBytes / static_cast<int32_t>(sizeof(typename M::Element)) / s.in_w / s.in_c;
  int32_t rows = most < 1 ? 1 : most < s.out_h ? most : s.out_h;
  while (s.out_h % rows != 0) --rows;
  ConvShape joined = s;
  joined.in_h = joined.out_h = s.out_h / rows;
  joined.in_w = joined.out_w = s.out_w * rows;
  return joined;
}

// Room for new rows if consecutive output rows share input rows. When none is left, the rows still needed move to the
// beginning.
constexpr int32_t kMaxSpareBytes = 4096;

template <class M>
static inline int32_t spare_rows(const ConvShape& s) {
  const BandShape band = band_shape(s);
  const int32_t advance = s.pool_h * s.stride_h, others = (s.out_h - 1) * advance;
  if (advance >= band.rows) return 0;
  const int32_t room = kMaxSpareBytes / static_cast<int32_t>(sizeof(typename M::Element)) / band.row_elements;
  return room < others ? room : others;
}

// All input rows of the outputs.
static inline int32_t all_band_rows(const ConvShape& s) {
  return (s.out_h - 1) * s.pool_h * s.stride_h + band_shape(s).rows;
}

// Weights too large for the inner caches should be read once, not once per row of outputs. The band then holds all
// rows, up to kMaxBandBytes.
constexpr int64_t kFewWeightBytes = int64_t{1} << 19, kMaxBandBytes = int64_t{1} << 18;

template <class M>
static inline bool has_many_weights(const ConvShape& s) {
  return int64_t{s.out_c} * s.kernel_h * s.kernel_w * s.in_c * static_cast<int64_t>(sizeof(typename M::Weight)) >
         kFewWeightBytes;
}
template <class M>
static inline int64_t all_band_bytes(const ConvShape& s) {
  return int64_t{all_band_rows(s)} * band_shape(s).row_elements * static_cast<int64_t>(sizeof(typename M::Element));
}
template <class M>
static inline bool holds_all_rows(const ConvShape& s) {
  return s.out_h > 1 && has_many_weights<M>(s) && all_band_bytes<M>(s) <= kMaxBandBytes;
}

// Enough for calls with any number of rows up to the shape's: a call with fewer rows may join more of them, or hold
// all.
template <class M>
static inline size_t band_bytes(const ConvShape& s) noexcept {
  const BandShape band = band_shape(s);
  size_t elements = static_cast<size_t>(band.rows + spare_rows<M>(s)) * static_cast<size_t>(band.row_elements);
  if (rows_can_join(s)) {
    const size_t all = elements * static_cast<size_t>(s.in_h), most = kMaxJoinedBytes / sizeof(typename M::Element);
    const size_t joined = all < most ? all : most;
    if (elements < joined) elements = joined;
  }
  if (has_many_weights<M>(s)) {
    const int64_t all = all_band_bytes<M>(s), held = all < kMaxBandBytes ? all : kMaxBandBytes;
    const size_t held_elements = static_cast<size_t>(held) / sizeof(typename M::Element);
    if (elements < held_elements) elements = held_elements;
  }
  return (elements + M::kGroup - 1) * sizeof(typename M::Element);
}

template <class M>
static inline void fill_elements(typename M::Element* to, int32_t count, typename M::Element value) {
  for (int32_t i = 0; i < count; ++i) to[i] = value;
}

// Loads `count` rows from input row `first_row`. They may be outside the input.
template <class M, class Input>
static inline void load_band(const ConvShape& s, const Input* input, int32_t zero_point, int32_t first_row,
                             int32_t count, typename M::Element* band) {
  const int32_t row_elements = band_shape(s).row_elements;
  const typename M::Element padding = M::element(zero_point, zero_point);
  const int32_t side = s.pad_w * s.in_c, inside = s.in_w * s.in_c;
  for (int32_t row = first_row; row < first_row + count; ++row, band += row_elements) {
    if (row < 0 || row >= s.in_h) {
      fill_elements<M>(band, row_elements, padding);
      continue;
    }
    fill_elements<M>(band, side, padding);
    M::load_elements(input + static_cast<ptrdiff_t>(row) * inside, inside, zero_point, band + side);
    fill_elements<M>(band + side + inside, row_elements - side - inside, padding);
  }
}

template <class M>
class MovingBand {
 public:
  using Element = typename M::Element;

  MovingBand(const ConvShape& s, void* memory)  // band_bytes<M>()
      : memory_(static_cast<Element*>(memory)), rows_(band_shape(s).rows), spare_(spare_rows<M>(s)) {}

  static BandSteps steps(const ConvShape& s) { return band_steps<M>(s); }

  // `out_y`: 0, or the row after the one last requested.
  template <class Input>
  const Element* of_row(const ConvShape& s, const Input* input, int32_t zero_point, int32_t out_y) {
    const ptrdiff_t row_elements = band_shape(s).row_elements;
    const int32_t advance = s.pool_h * s.stride_h;
    int32_t kept = 0;
    if (out_y > 0 && advance < rows_) {
      kept = rows_ - advance;
      first_ += advance;
      if (first_ > spare_) {
        memmove(memory_, memory_ + first_ * row_elements, static_cast<size_t>(kept * row_elements) * sizeof(Element));
        first_ = 0;
      }
    }
    Element* const band = memory_ + first_ * row_elements;
    load_band<M>(s, input, zero_point, out_y * advance - s.pad_h + kept, rows_ - kept, band + kept * row_elements);
    return band;
  }

 private:
  Element* memory_;
  int32_t rows_, spare_, first_ = 0;
};

}  // namespace stapes
