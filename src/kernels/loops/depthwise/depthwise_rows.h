// SPDX-License-Identifier: Apache-2.0
// depthwise_rows.h: the loops of depthwise_conv.h for machines that sum, rescale and store a row of outputs in one
// call.
//
// Prepared memory, [block of channels]: [kernel_h][kernel_w][kDepthwiseChannels] weights, then the PairedFinish of each
// channel. Scratch: the ring; a copy of one prepared block, with rows of weights in the ring's order.
// M is a machine of depthwise_conv.h, with run_row() instead of add_tap():
//   run_row(s, ring, block, output)   all positions of a row, kDepthwiseChannels channels of each
#pragma once

#include <string.h>

#include "kernels/loops/depthwise/depthwise_conv.h"
#include "kernels/loops/paired/paired_layout.h"

namespace stapes {

template <class M>
static inline constexpr size_t depthwise_block_bytes(const ConvShape& s) {
  return static_cast<size_t>(depthwise_block_weights(s)) * sizeof(typename M::Weight) +
         kDepthwiseChannels * sizeof(PairedFinish);
}

template <class M>
static inline size_t depthwise_rows_prepared_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(depthwise_blocks(s.in_c)) * depthwise_block_bytes<M>(s);
}
template <class M>
static inline size_t depthwise_rows_scratch_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(depthwise_ring(s)) * sizeof(typename M::Element) + depthwise_block_bytes<M>(s);
}

// Taps and stride are limited, since a machine may unroll all taps and encode the stride as an immediate.
static inline bool depthwise_rows_suits(const ConvShape& s) noexcept {
  constexpr int32_t kMaxTaps = 40, kMaxStride = 8;
  return depthwise_suits(s) && s.kernel_h <= kMaxTaps && s.kernel_w <= kMaxTaps &&
         s.kernel_h * s.kernel_w <= kMaxTaps && s.stride_w <= kMaxStride;
}

template <class M>
STAPES_ALWAYS_INLINE void run_depthwise_rows(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a) {
  const size_t tap_row = static_cast<size_t>(s.kernel_w) * kDepthwiseChannels * sizeof(typename M::Weight);
  const size_t weights = static_cast<size_t>(s.kernel_h) * tap_row;
  auto* const ring = static_cast<typename M::Element*>(a.memory.scratch);
  auto* const in_ring_order = reinterpret_cast<unsigned char*>(ring + depthwise_ring(s));
  const auto* prepared = static_cast<const unsigned char*>(a.memory.prepared);
  for (int32_t block = 0; block < depthwise_blocks(s.in_c); ++block, prepared += depthwise_block_bytes<M>(s)) {
    const int32_t c = depthwise_block_start(block, s.in_c);
    memcpy(in_ring_order + weights, prepared + weights, kDepthwiseChannels * sizeof(PairedFinish));
    int32_t next = 0, slot = 0;  // row to copy, counted from the top padding; its row in the ring
    for (int32_t y = 0; y < s.out_h; ++y) {
      const int32_t top = y * s.stride_h;
      for (; next < top; ++next) slot = slot + 1 == s.kernel_h ? 0 : slot + 1;
      for (; next < top + s.kernel_h; ++next) {
        copy_depthwise_row<M>(s, a.input + c, a.in_zero_point, next - s.pad_h,
                              ring + slot * depthwise_columns(s) * kDepthwiseChannels);
        slot = slot + 1 == s.kernel_h ? 0 : slot + 1;
      }
      for (int32_t tap_h = 0, to = slot; tap_h < s.kernel_h; ++tap_h) {  // row `top` is in `slot`
        memcpy(in_ring_order + static_cast<size_t>(to) * tap_row, prepared + static_cast<size_t>(tap_h) * tap_row,
               tap_row);
        to = to + 1 == s.kernel_h ? 0 : to + 1;
      }
      M::run_row(s, ring, in_ring_order, a.output + static_cast<ptrdiff_t>(y) * s.out_w * s.out_c + c);
    }
  }
}

template <class M>
static inline void depthwise_rows(const ConvI8Args<int8_t, int8_t>& a) {
  run_depthwise_rows<M>(a.shape, a);
}

// For exports: the shape is constant except for the rows of a call.
template <class M, const ConvShape& kShape>
static inline void depthwise_rows_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  run_depthwise_rows<M>(with_rows_of(kShape, a.shape), a);
}

}  // namespace stapes
