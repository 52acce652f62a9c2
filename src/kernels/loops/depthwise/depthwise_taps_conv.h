// SPDX-License-Identifier: Apache-2.0
// depthwise_taps_conv.h: the loops of depthwise_taps_layout.h. Taps are read in place; taps outside the input read zero
// points:
//
//   for each row of outputs:
//     for each block of channels, with its weights and constants in registers:
//       for each position, or two where they fit:  sums = start; for each tap: sums += widened input * weights;
//       rescale, store
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/loops/depthwise/depthwise_taps_layout.h"
#include "kernels/loops/tiled/finish.h"

namespace stapes {
namespace {

// A row of outputs and the input rows under its taps.
struct TapsRow {
  const ConvShape& shape;
  const int8_t* input[kMaxDepthwiseTaps];  // [kernel_h], each [in_w][in_c]
  const int8_t* outside;                   // [channels] zero points
  int8_t* output;
};

// kTapsEach: kernel_w and kernel_h, 0 if unknown at compile time. kWhole: every lane is a channel.
template <class M, int kTapsEach, bool kWhole>
class TapsBlock {
 public:
  using Sums = typename M::Sums;

  TapsBlock(const ConvI8Args<int8_t, int8_t>& a, const TileLayout<M>& layout, int32_t block)
      : finish_(layout, a.memory.prepared, {a.out_zero_point, a.minimum, a.maximum}, block * M::kLanes, a.shape.out_c),
        start_(M::load(layout.constants(a.memory.prepared, RescaleArrays::kStart) + block * M::kLanes)),
        first_(block * M::kLanes),
        weights_(layout.weights(a.memory.prepared) + layout.chunk_start(block)),
        kernel_h_(kTapsEach > 0 ? kTapsEach : a.shape.kernel_h),
        kernel_w_(kTapsEach > 0 ? kTapsEach : a.shape.kernel_w) {}

  void run(const TapsRow& row) const {
    const ConvShape& s = row.shape;
    int32_t x = 0;
    for (; x < s.out_w && !is_inside(s, x); ++x) put(sum_at_edge(row, x), row, x);
    if (depthwise_taps_double(s)) {
      for (; x + 1 < s.out_w && is_inside(s, x + 1); x += 2) put_two(row, x);
    }
    for (; x < s.out_w && is_inside(s, x); ++x) put(sum_inside<kWhole>(row, x, finish_.lanes()), row, x);
    for (; x < s.out_w; ++x) put(sum_at_edge(row, x), row, x);
  }

 private:
  bool is_inside(const ConvShape& s, int32_t x) const {
    const int32_t first = x * s.stride_w - s.pad_w;
    return first >= 0 && first + kernel_w_ <= s.in_w;
  }
  template <bool kAll>
  static Sums read(const int8_t* from, int32_t lanes) {
    return kAll ? M::widen(from) : M::widen(from, lanes);
  }
  Sums weights(int32_t tap) const { return M::load_weights(weights_ + tap * M::kLanes); }
  void put(Sums sums, const TapsRow& row, int32_t x) const {
    finish_.put(sums, row.output + static_cast<ptrdiff_t>(x) * row.shape.out_c + first_);
  }

  // Positions x and x + 1, both inside.
  void put_two(const TapsRow& row, int32_t x) const {
    const int32_t lanes = 2 * row.shape.out_c;
    const Sums sums = lanes == M::kLanes ? sum_inside<true>(row, x, lanes) : sum_inside<false>(row, x, lanes);
    finish_.put(sums, lanes, row.output + static_cast<ptrdiff_t>(x) * row.shape.out_c);
  }

  template <bool kAll>
  Sums sum_inside(const TapsRow& row, int32_t x, int32_t lanes) const {
    const ptrdiff_t in_c = row.shape.in_c, at = (x * row.shape.stride_w - row.shape.pad_w) * in_c + first_;
    Sums sums = start_;
    for (int32_t tap_h = 0, tap = 0; tap_h < kernel_h_; ++tap_h) {
      const int8_t* input = row.input[tap_h] + at;
      for (int32_t tap_w = 0; tap_w < kernel_w_; ++tap_w, ++tap, input += in_c) {
        sums = M::add_products(sums, read<kAll>(input, lanes), weights(tap));
      }
    }
    return sums;
  }

  Sums sum_at_edge(const TapsRow& row, int32_t x) const {
    const ConvShape& s = row.shape;
    Sums sums = start_;
    for (int32_t tap_h = 0, tap = 0; tap_h < kernel_h_; ++tap_h) {
      for (int32_t tap_w = 0; tap_w < kernel_w_; ++tap_w, ++tap) {
        const int32_t column = x * s.stride_w - s.pad_w + tap_w;
        const bool is_input = column >= 0 && column < s.in_w;
        const int8_t* from = is_input ? row.input[tap_h] + static_cast<ptrdiff_t>(column) * s.in_c : row.outside;
        sums = M::add_products(sums, read<kWhole>(from + first_, finish_.lanes()), weights(tap));
      }
    }
    return sums;
  }

  RescaledBlock<M> finish_;
  Sums start_;
  int32_t first_;
  const LowerHalf* weights_;
  int32_t kernel_h_, kernel_w_;
};

template <class M, int kTapsEach>
inline void convolve_row_of_taps(const ConvI8Args<int8_t, int8_t>& a, const TileLayout<M>& layout, const TapsRow& row) {
  for (int32_t block = 0; block < layout.blocks; ++block) {
    if ((block + 1) * M::kLanes <= a.shape.out_c) {
      TapsBlock<M, kTapsEach, true>(a, layout, block).run(row);
    } else {
      TapsBlock<M, kTapsEach, false>(a, layout, block).run(row);
    }
  }
}

template <class M>
inline void run_depthwise_taps(const ConvI8Args<int8_t, int8_t>& a) {
  const ConvShape& s = a.shape;
  const TileLayout<M> layout = tile_layout<M>(s, RescaleArrays::kCount);
  const auto* outside = static_cast<const int8_t*>(a.memory.scratch);
  memset(a.memory.scratch, static_cast<unsigned char>(a.in_zero_point), depthwise_taps_scratch_bytes(s));
  TapsRow row{s, {}, outside, a.output};
  for (int32_t y = 0; y < s.out_h; ++y, row.output += static_cast<ptrdiff_t>(s.out_w) * s.out_c) {
    for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h) {
      const int32_t from = y * s.stride_h - s.pad_h + tap_h;
      row.input[tap_h] =
          from >= 0 && from < s.in_h ? a.input + static_cast<ptrdiff_t>(from) * s.in_w * s.in_c : outside;
    }
    if (s.kernel_h == 3 && s.kernel_w == 3) {
      convolve_row_of_taps<M, 3>(a, layout, row);
    } else {
      convolve_row_of_taps<M, 0>(a, layout, row);
    }
  }
}

}  // namespace
}  // namespace stapes
