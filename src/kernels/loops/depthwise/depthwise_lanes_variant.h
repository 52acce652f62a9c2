// SPDX-License-Identifier: Apache-2.0
// depthwise_lanes_variant.h: the Variant (variant.h) of a depthwise_lanes kernel, and portable code that lays out
// weights.
#pragma once

#include <string.h>

#include "kernels/loops/depthwise/depthwise_lanes_layout.h"
#include "kernels/variant.h"

namespace stapes {

static inline void prepare_depthwise_lanes(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  const ConvShape& s = a.shape;
  const int32_t taps = s.kernel_h * s.kernel_w, blocks = depthwise_lanes_blocks(s);
  memset(prepared, 0, depthwise_lanes_prepared_bytes(s));
  auto* const head = static_cast<DepthwiseLanesHead*>(prepared);
  auto* const constants = reinterpret_cast<DepthwiseLanesConstants*>(head + 1);
  auto* const weights = reinterpret_cast<int8_t*>(constants + blocks);
  bool lowest = false;
  const int32_t lanes = depthwise_positions_share(s) ? kDepthwiseLanes : s.in_c;
  for (int32_t i = 0; i < lanes; ++i) {
    const int32_t c = i % s.in_c, block = i / kDepthwiseLanes, lane = i % kDepthwiseLanes;
    const int32_t place = depthwise_place(lane);
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
