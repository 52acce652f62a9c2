// SPDX-License-Identifier: Apache-2.0
// depthwise_lanes_layout.h: int8 depthwise convolutions on cores with vectors of bytes: kDepthwiseLanes channels side
// by side, one filter for each. Which shapes, and how weights are laid out.
//
// Products of bytes are added in pairs of taps, in 16 bits, and then in 32. Vectors split in halves by even and odd
// lanes, so the sums of a block are in the order of depthwise_lane(): 0, 4, 8, 12, 2, 6, .. . A pair of products fits
// 16 bits unless both weights are -128: then each product is added by itself.
//
// Prepared memory, filled up to whole blocks: DepthwiseLanesHead; the constants of each block; its weights,
// [block][kernel_w][kernel_h][kDepthwiseLanes].
// Scratch: the weights of a block for a turn of the ring; the ring, [column][kernel_h][kDepthwiseLanes].
#pragma once

#include <string.h>

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/variant.h"

namespace stapes {

constexpr int32_t kDepthwiseLanes = 16;

// 16 bytes, so that what follows is aligned.
struct DepthwiseLanesHead {
  int32_t pairs, singles;  // of taps
  int32_t shifts_left;     // whether any shift is above 0
  int32_t unused;
};

// Of a block, in the order of its sums: what assembler reads, by these offsets.
struct DepthwiseLanesConstants {
  int32_t first[kDepthwiseLanes];       // 0
  int32_t multiplier[kDepthwiseLanes];  // 64
  int32_t right[kDepthwiseLanes];       // 128: the shift, 0 where it is to the left
  int32_t left[kDepthwiseLanes];        // 192
};

// The place of lane `c` in the sums of a block.
static inline int32_t depthwise_place(int32_t c) { return (c % 2 * 2 + c / 2 % 2) * 4 + c / 4; }

// One filter a channel, no pool, and a ring that fits an int32.
static inline bool depthwise_lanes_suit(const ConvShape& s) noexcept {
  constexpr int64_t kMost = int64_t{1} << 22;
  const int64_t columns = (int64_t{s.out_w} - 1) * s.stride_w + s.kernel_w;
  return s.groups == s.in_c && s.groups > 1 && s.out_c == s.in_c && s.pool_h == 1 && s.pool_w == 1 &&
         s.kernel_h <= kMost && columns <= kMost / s.kernel_h;
}

static inline int32_t depthwise_lanes_blocks(const ConvShape& s) {
  return (s.in_c + kDepthwiseLanes - 1) / kDepthwiseLanes;
}
static inline int32_t depthwise_lanes_weights(const ConvShape& s) { return s.kernel_h * s.kernel_w * kDepthwiseLanes; }
static inline int32_t depthwise_lanes_columns(const ConvShape& s) { return (s.out_w - 1) * s.stride_w + s.kernel_w; }

static inline size_t depthwise_lanes_prepared_bytes(const ConvShape& s) noexcept {
  return sizeof(DepthwiseLanesHead) +
         static_cast<size_t>(depthwise_lanes_blocks(s)) *
             (sizeof(DepthwiseLanesConstants) + static_cast<size_t>(depthwise_lanes_weights(s)));
}
static inline size_t depthwise_lanes_scratch_bytes(const ConvShape& s) noexcept {
  const auto ring = static_cast<size_t>(depthwise_lanes_columns(s) * s.kernel_h * kDepthwiseLanes);
  return static_cast<size_t>(depthwise_lanes_weights(s)) + ring;
}

static inline void prepare_depthwise_lanes(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  const ConvShape& s = a.shape;
  const int32_t taps = s.kernel_h * s.kernel_w, blocks = depthwise_lanes_blocks(s);
  memset(prepared, 0, depthwise_lanes_prepared_bytes(s));
  auto* const head = static_cast<DepthwiseLanesHead*>(prepared);
  auto* const constants = reinterpret_cast<DepthwiseLanesConstants*>(head + 1);
  auto* const weights = reinterpret_cast<int8_t*>(constants + blocks);
  bool lowest = false;
  for (int32_t c = 0; c < s.in_c; ++c) {
    const int32_t block = c / kDepthwiseLanes, lane = c % kDepthwiseLanes, place = depthwise_place(lane);
    int8_t* const to = weights + block * depthwise_lanes_weights(s) + lane;
    int32_t sum = 0;
    for (int32_t tap = 0; tap < taps; ++tap) {
      const int8_t weight = a.weights[c * taps + tap];
      to[(tap % s.kernel_w * s.kernel_h + tap / s.kernel_w) * kDepthwiseLanes] = weight;
      sum += weight;
      lowest = lowest || weight == INT8_MIN;
    }
    const int32_t shift = a.shift[c];
    constants[block].first[place] = a.bias[c] - a.in_zero_point * sum;
    constants[block].multiplier[place] = a.multiplier[c];
    constants[block].right[place] = shift < 0 ? shift : 0;
    constants[block].left[place] = shift > 0 ? shift : 0;
    if (shift > 0) head->shifts_left = 1;
  }
  head->pairs = lowest ? 0 : taps / 2;
  head->singles = taps - 2 * head->pairs;
}

constexpr Variant<ConvI8Args<int8_t, int8_t>> depthwise_lanes_variant(
    Isa isa, void (*run)(const ConvI8Args<int8_t, int8_t>&) noexcept) noexcept {
  return {isa,
          run,
          depthwise_lanes_scratch_bytes,
          depthwise_lanes_prepared_bytes,
          prepare_depthwise_lanes,
          depthwise_lanes_suit,
          "depthwise_lanes",
          true};
}

}  // namespace stapes
