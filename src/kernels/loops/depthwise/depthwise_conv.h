// SPDX-License-Identifier: Apache-2.0
// depthwise_conv.h: int8 depthwise convolutions on cores with few registers, kDepthwiseChannels channels at a time.
//
//   for each block of channels:
//     for each output row:
//       copy the new input rows, with padding, into a ring of kernel_h rows
//       for each output position:  one multiply-add per tap and channel
//       for each channel:          rescale and store its sums
//
// Ring rows are rotated relative to the taps, so the weights are copied in the ring's order. The last block ends with
// the last channel, so some channels may be computed twice.
//
// Prepared memory: initial sums, [channels]; weights, [block][kernel_h][kernel_w][kDepthwiseChannels].
// Scratch: the sums of a row of outputs; the ring, [kernel_h][columns][kDepthwiseChannels]; the weights of a block. M
// is a machine:
//   Element, Weight     as in scratch and in prepared memory
//   kRaw                elements include their zero point; the initial sums compensate
//   copy(from, stride, count, zero_point, to)   a block of `count` positions
//   add_tap(x, w, sums)                         sums[c] += w[c] * x[c] for a block
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/always_inline.h"
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/loops/narrow/narrow_finish.h"

namespace stapes {

constexpr int32_t kDepthwiseChannels = 4;

// One filter per channel, no pool, and a ring size that fits an int32.
static inline bool depthwise_suits(const ConvShape& s) noexcept {
  constexpr int64_t kMax = int64_t{1} << 22;
  const int64_t columns = (int64_t{s.out_w} - 1) * s.stride_w + s.kernel_w;
  return s.groups == s.in_c && s.out_c == s.in_c && s.in_c >= kDepthwiseChannels && s.pool_h == 1 && s.pool_w == 1 &&
         s.kernel_h <= kMax && columns <= kMax / s.kernel_h;
}

static inline constexpr int32_t depthwise_blocks(int32_t channels) {
  return (channels + kDepthwiseChannels - 1) / kDepthwiseChannels;
}
static inline constexpr int32_t depthwise_block_start(int32_t block, int32_t channels) {
  return block * kDepthwiseChannels <= channels - kDepthwiseChannels ? block * kDepthwiseChannels
                                                                     : channels - kDepthwiseChannels;
}
// Weights of a block: [kernel_h * kernel_w][kDepthwiseChannels].
static inline constexpr int32_t depthwise_block_weights(const ConvShape& s) {
  return s.kernel_h * s.kernel_w * kDepthwiseChannels;
}
static inline constexpr size_t depthwise_weights_at(const ConvShape& s) {
  return (static_cast<size_t>(s.in_c) * sizeof(int32_t) + 15) / 16 * 16;
}

// Input columns of a row of outputs, with padding.
static inline constexpr int32_t depthwise_columns(const ConvShape& s) {
  return (s.out_w - 1) * s.stride_w + s.kernel_w;
}
static inline constexpr int32_t depthwise_ring(const ConvShape& s) {
  return s.kernel_h * depthwise_columns(s) * kDepthwiseChannels;
}
template <class M>
static inline size_t depthwise_scratch_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(s.out_w) * kDepthwiseChannels * sizeof(int32_t) +
         static_cast<size_t>(depthwise_ring(s)) * sizeof(typename M::Element) +
         static_cast<size_t>(depthwise_block_weights(s)) * sizeof(typename M::Weight);
}

template <class M>
STAPES_ALWAYS_INLINE void copy_depthwise_row(const ConvShape& s, const int8_t* input, int32_t zero_point, int32_t row,
                                             typename M::Element* to) {
  const int32_t columns = depthwise_columns(s);
  const auto padding = static_cast<typename M::Element>(M::kRaw ? zero_point : 0);
  const bool outside = row < 0 || row >= s.in_h || s.pad_w >= columns;
  const TapRange inside = outside ? TapRange{0, 0} : taps_inside(-s.pad_w, columns, s.in_w);
  for (int32_t i = 0; i < inside.first * kDepthwiseChannels; ++i) to[i] = padding;
  for (int32_t i = inside.last * kDepthwiseChannels; i < columns * kDepthwiseChannels; ++i) to[i] = padding;
  const ptrdiff_t position = static_cast<ptrdiff_t>(row) * s.in_w + inside.first - s.pad_w;
  if (inside.last > inside.first) {
    M::copy(input + position * s.in_c, s.in_c, inside.last - inside.first, zero_point,
            to + inside.first * kDepthwiseChannels);
  }
}

// Row `start` of the ring is tap row 0.
template <class M>
STAPES_ALWAYS_INLINE void rotate_depthwise_weights(const ConvShape& s, const typename M::Weight* from, int32_t start,
                                                   typename M::Weight* to) {
  const int32_t row = s.kernel_w * kDepthwiseChannels, split = start * row, all = s.kernel_h * row;
  for (int32_t i = 0; i < split; ++i) to[i] = from[all - split + i];
  for (int32_t i = split; i < all; ++i) to[i] = from[i - split];
}

// `out`: the sums of a row of outputs, [out_w][kDepthwiseChannels].
template <class M>
STAPES_ALWAYS_INLINE void sum_depthwise_row(const ConvShape& s, const int32_t* first, const typename M::Element* ring,
                                            const typename M::Weight* weights, int32_t* out) {
  const int32_t row = depthwise_columns(s) * kDepthwiseChannels;
  for (int32_t x = 0; x < s.out_w; ++x, out += kDepthwiseChannels, ring += s.stride_w * kDepthwiseChannels) {
    int32_t sums[kDepthwiseChannels] = {first[0], first[1], first[2], first[3]};
    const typename M::Weight* w = weights;
#pragma GCC unroll 4
    for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h) {
#pragma GCC unroll 4
      for (int32_t tap_w = 0; tap_w < s.kernel_w; ++tap_w, w += kDepthwiseChannels) {
        M::add_tap(ring + tap_h * row + tap_w * kDepthwiseChannels, w, sums);
      }
    }
    out[0] = sums[0];
    out[1] = sums[1];
    out[2] = sums[2];
    out[3] = sums[3];
  }
}

// Channel by channel, to keep constants in registers. Most layers need no clamp.
static inline void finish_depthwise_row(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a, int32_t channel,
                                        const int32_t* sums, int8_t* out) {
  const bool any_value = a.minimum == INT8_MIN && a.maximum == INT8_MAX;
  for (int32_t i = 0; i < kDepthwiseChannels; ++i, ++sums, ++out) {
    const ChannelRescale rescale(a.multiplier[channel + i], a.shift[channel + i]);
    const int32_t zero_point = a.out_zero_point, minimum = a.minimum, maximum = a.maximum;
    const int32_t* from = sums;
    int8_t* to = out;
    if (any_value) {
      for (int32_t x = 0; x < s.out_w; ++x, from += kDepthwiseChannels, to += s.out_c) {
        *to = saturate_to_int8(zero_point + rescale(*from));
      }
    } else {
      for (int32_t x = 0; x < s.out_w; ++x, from += kDepthwiseChannels, to += s.out_c) {
        store_clamped(to, zero_point + rescale(*from), minimum, maximum);
      }
    }
  }
}

template <class M>
STAPES_ALWAYS_INLINE void run_depthwise(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a) {
  const auto* weights = reinterpret_cast<const typename M::Weight*>(
      static_cast<const unsigned char*>(a.memory.prepared) + depthwise_weights_at(s));
  int32_t* const sums = static_cast<int32_t*>(a.memory.scratch);
  auto* const ring = reinterpret_cast<typename M::Element*>(sums + s.out_w * kDepthwiseChannels);
  auto* const rotated = reinterpret_cast<typename M::Weight*>(ring + depthwise_ring(s));
  for (int32_t block = 0; block < depthwise_blocks(s.in_c); ++block, weights += depthwise_block_weights(s)) {
    const int32_t c = depthwise_block_start(block, s.in_c);
    const int32_t* const first = static_cast<const int32_t*>(a.memory.prepared) + c;
    int32_t next = 0;  // row to copy, counted from the top padding
    for (int32_t y = 0; y < s.out_h; ++y) {
      const int32_t top = y * s.stride_h;
      if (next < top) next = top;
      for (; next < top + s.kernel_h; ++next) {
        copy_depthwise_row<M>(s, a.input + c, a.in_zero_point, next - s.pad_h,
                              ring + next % s.kernel_h * depthwise_columns(s) * kDepthwiseChannels);
      }
      rotate_depthwise_weights<M>(s, weights, top % s.kernel_h, rotated);
      sum_depthwise_row<M>(s, first, ring, rotated, sums);
      finish_depthwise_row(s, a, c, sums, a.output + static_cast<ptrdiff_t>(y) * s.out_w * s.out_c + c);
    }
  }
}

template <class M>
static inline void depthwise_conv(const ConvI8Args<int8_t, int8_t>& a) {
  run_depthwise<M>(a.shape, a);
}

// For exports: the shape is constant except for the rows of a call.
template <class M, const ConvShape& kShape>
static inline void depthwise_conv_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  run_depthwise<M>(with_rows_of(kShape, a.shape), a);
}

}  // namespace stapes
