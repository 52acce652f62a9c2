// SPDX-License-Identifier: Apache-2.0
// depthwise_lanes_layout.h: shapes and weight layout of int8 depthwise convolutions on cores with byte vectors,
// kDepthwiseLanes channels at a time.
//
// The products of two taps are added in 16 bits, these sums in 32. Two products fit 16 bits unless both weights are
// -128; layers with a weight of -128 add each product separately. Vectors are split into even and odd lanes, so sums
// are in the order of lanes 0, 4, 8, 12, 2, 6, ... (depthwise_place()).
//
// With eight channels, two positions that are neighbors in the input share a vector: lane c + 8 is channel c of the
// second.
//
// Prepared memory, padded to whole blocks: DepthwiseLanesHead; the constants of each block; its weights,
// [block][kernel_w][kernel_h][kDepthwiseLanes].
// Scratch: the rotated weights of a block; the ring, [column][kernel_h][kDepthwiseLanes]. If positions share lanes: an
// input row with padding, [column][channels], and room to write whole vectors.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/variant.h"

namespace stapes {

constexpr int32_t kDepthwiseLanes = 16;

// 16 bytes, to align the data after it.
struct DepthwiseLanesHead {
  int32_t pairs, singles;  // of taps
  int32_t shifts_left;     // whether any shift is above 0
  int32_t unused;
};

// Constants in the order of a block's sums. Assembler code reads them at these offsets.
struct DepthwiseLanesConstants {
  int32_t first[kDepthwiseLanes];       // 0
  int32_t multiplier[kDepthwiseLanes];  // 64
  int32_t right[kDepthwiseLanes];       // 128: the shift, 0 for left shifts
  int32_t left[kDepthwiseLanes];        // 192
};

// The index of lane `c` in the sums of a block.
static inline int32_t depthwise_place(int32_t c) { return (c % 2 * 2 + c / 2 % 2) * 4 + c / 4; }

// One filter per channel, no pool, and a ring size that fits an int32.
static inline bool depthwise_lanes_suit(const ConvShape& s) noexcept {
  constexpr int64_t kMax = int64_t{1} << 22;
  const int64_t columns = (int64_t{s.out_w} - 1) * s.stride_w + s.kernel_w;
  return s.groups == s.in_c && s.groups > 1 && s.out_c == s.in_c && s.pool_h == 1 && s.pool_w == 1 &&
         s.kernel_h <= kMax && columns <= kMax / s.kernel_h;
}

static inline int32_t depthwise_lanes_blocks(const ConvShape& s) {
  return (s.in_c + kDepthwiseLanes - 1) / kDepthwiseLanes;
}
static inline int32_t depthwise_lanes_weights(const ConvShape& s) { return s.kernel_h * s.kernel_w * kDepthwiseLanes; }
static inline int32_t depthwise_lanes_columns(const ConvShape& s) { return (s.out_w - 1) * s.stride_w + s.kernel_w; }

static inline bool depthwise_positions_share(const ConvShape& s) {
  return 2 * s.in_c == kDepthwiseLanes && s.stride_w == 1;
}

static inline size_t depthwise_lanes_prepared_bytes(const ConvShape& s) noexcept {
  return sizeof(DepthwiseLanesHead) +
         static_cast<size_t>(depthwise_lanes_blocks(s)) *
             (sizeof(DepthwiseLanesConstants) + static_cast<size_t>(depthwise_lanes_weights(s)));
}
static inline size_t depthwise_lanes_ring(const ConvShape& s) {
  return static_cast<size_t>(depthwise_lanes_columns(s)) * static_cast<size_t>(s.kernel_h * kDepthwiseLanes);
}
static inline size_t depthwise_lanes_scratch_bytes(const ConvShape& s) noexcept {
  const size_t shared = static_cast<size_t>(depthwise_lanes_columns(s)) * static_cast<size_t>(s.in_c);
  return static_cast<size_t>(depthwise_lanes_weights(s)) + depthwise_lanes_ring(s) +
         (depthwise_positions_share(s) ? shared + 2 * kDepthwiseLanes : 0);
}

}  // namespace stapes
