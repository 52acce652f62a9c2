// SPDX-License-Identifier: Apache-2.0
// machine_neon.h: the operations of tiled_conv.h on AArch64. With dot product instructions, bytes are multiplied
// directly. In an unnamed namespace, like everything compiled for one instruction set.
#pragma once

#ifndef __aarch64__
#error "compile for AArch64"
#endif

#include <arm_neon.h>
#include <stdint.h>
#include <string.h>

#include "kernels/loops/tiled/tile_sizes.h"

namespace stapes {
namespace {

struct Neon {
  struct Sums {
    int32x4_t low, high;
  };
  using Bits = uint8_t;

  static Sums load(const int32_t* lanes) { return {vld1q_s32(lanes), vld1q_s32(lanes + 4)}; }
  static Sums all(int32_t value) { return {vdupq_n_s32(value), vdupq_n_s32(value)}; }
  static Sums add(Sums a, Sums b) { return {vaddq_s32(a.low, b.low), vaddq_s32(a.high, b.high)}; }
  static Sums max(Sums a, Sums b) { return {vmaxq_s32(a.low, b.low), vmaxq_s32(a.high, b.high)}; }
  static Sums min(Sums a, Sums b) { return {vminq_s32(a.low, b.low), vminq_s32(a.high, b.high)}; }
  template <int kBits>
  static Sums shift_left(Sums x) {
    return {vshlq_n_s32(x.low, kBits), vshlq_n_s32(x.high, kBits)};
  }
  static Sums widen(const int8_t* from) {
    const int16x8_t words = vmovl_s8(vld1_s8(from));
    return {vmovl_s16(vget_low_s16(words)), vmovl_s16(vget_high_s16(words))};
  }
  static Sums widen(const int8_t* from, int32_t count) {
    int8_t lanes[8] = {};
    memcpy(lanes, from, static_cast<size_t>(count));
    return widen(lanes);
  }

  // See finish.h. SQRDMULH does the first rounding and includes the doubling.
  static int32x4_t rescale(int32x4_t x, int32x4_t multiplier, int32x4_t left, int32x4_t half, int32x4_t right) {
    const int32x4_t shifted = vshlq_s32(x, vsubq_s32(left, vdupq_n_s32(1)));
    const int32x4_t high = vqrdmulhq_s32(shifted, multiplier);
    const int32x4_t divides = vreinterpretq_s32_u32(vcgtzq_s32(half));
    const int32x4_t below_zero = vandq_s32(vshrq_n_s32(high, 31), divides);
    return vshlq_s32(vaddq_s32(vaddq_s32(high, half), below_zero), vnegq_s32(right));
  }
  struct Rescale {
    Rescale(Sums multiplier, Sums left, Sums half, Sums right)
        : multiplier(multiplier), left(left), half(half), right(right) {}

    Sums operator()(Sums x) const {
      return {rescale(x.low, multiplier.low, left.low, half.low, right.low),
              rescale(x.high, multiplier.high, left.high, half.high, right.high)};
    }

    Sums multiplier, left, half, right;
  };

  static void store(Sums values, int32_t count, int8_t* to) {
    int8_t bytes[8];
    vst1_s8(bytes, vmovn_s16(vcombine_s16(vmovn_s32(values.low), vmovn_s32(values.high))));
    memcpy(to, bytes, static_cast<size_t>(count));
  }
  static void store(Sums values, int32_t count, int16_t* to) {
    int16_t words[8];
    vst1q_s16(words, vcombine_s16(vmovn_s32(values.low), vmovn_s32(values.high)));
    memcpy(to, words, static_cast<size_t>(count) * sizeof *to);
  }

  static Bits bits_at_least(Sums sums, Sums threshold, Sums falling) {
    const uint16x8_t reached =
        vcombine_u16(vmovn_u32(vcgeq_s32(sums.low, threshold.low)), vmovn_u32(vcgeq_s32(sums.high, threshold.high)));
    const uint16x8_t flipped = vcombine_u16(vmovn_u32(vcgtzq_s32(falling.low)), vmovn_u32(vcgtzq_s32(falling.high)));
    const uint16_t places[8] = {1, 2, 4, 8, 16, 32, 64, 128};
    return static_cast<Bits>(vaddvq_u16(vandq_u16(veorq_u16(reached, flipped), vld1q_u16(places))));
  }
};

// SMLAL: one tap of a pair for four channels.
struct NeonWords : Tiles256<WordTiles>, Neon {
  using Weights = int16x8x2_t;  // the first taps of the pairs, then the second taps
  using Group = int16x4_t;      // only the first two lanes are used

  static Weights load_weights(const Weight* weights) { return vld2q_s16(weights); }
  static Group load_group(const Element* elements) {
    int32_t group;
    memcpy(&group, elements, sizeof group);
    return vreinterpret_s16_s32(vdup_n_s32(group));
  }
  static Sums dot(Sums sums, Group group, Weights weights) {
    const int16x8_t first = weights.val[0], second = weights.val[1];
    sums.low = vmlal_lane_s16(sums.low, vget_low_s16(first), group, 0);
    sums.high = vmlal_high_lane_s16(sums.high, first, group, 0);
    sums.low = vmlal_lane_s16(sums.low, vget_low_s16(second), group, 1);
    sums.high = vmlal_high_lane_s16(sums.high, second, group, 1);
    return sums;
  }

  static void load_elements(const int8_t* input, int32_t count, int32_t zero_point, Element* to) {
    const int16x8_t zero = vdupq_n_s16(static_cast<int16_t>(zero_point));
    int32_t i = 0;
    for (; i + 8 <= count; i += 8) vst1q_s16(to + i, vsubq_s16(vmovl_s8(vld1_s8(input + i)), zero));
    for (; i < count; ++i) to[i] = element(input[i], zero_point);
  }
  static void load_elements(const int16_t* input, int32_t count, int32_t, Element* to) {
    memcpy(to, input, static_cast<size_t>(count) * sizeof *to);
  }
};

// With groups (grouped_band.h): first elements of the pairs, then second elements, like the weights.
struct NeonGrouped : NeonWords {
  static constexpr bool kLanesShareInput = false;
  using Group = int16x8x2_t;

  static Group load_group(const Element* elements) { return vld2q_s16(elements); }
  static Sums dot(Sums sums, const Group& group, const Weights& weights) {
    for (int i = 0; i < 2; ++i) {
      sums.low = vmlal_s16(sums.low, vget_low_s16(group.val[i]), vget_low_s16(weights.val[i]));
      sums.high = vmlal_high_s16(sums.high, group.val[i], weights.val[i]);
    }
    return sums;
  }
};

#ifdef __ARM_FEATURE_DOTPROD
// SDOT: groups of four.
struct NeonBytes : Tiles256<SignedByteTiles>, Neon {
  using Weights = int8x16x2_t;
  using Group = int8x16_t;  // the same in every lane

  static Weights load_weights(const Weight* weights) { return {{vld1q_s8(weights), vld1q_s8(weights + 16)}}; }
  static Group load_group(const Element* elements) {
    int32_t group;
    memcpy(&group, elements, sizeof group);
    return vreinterpretq_s8_s32(vdupq_n_s32(group));
  }
  static Sums dot(Sums sums, Group group, Weights weights) {
    return {vdotq_s32(sums.low, weights.val[0], group), vdotq_s32(sums.high, weights.val[1], group)};
  }
  static void load_elements(const int8_t* input, int32_t count, int32_t, Element* to) {
    memcpy(to, input, static_cast<size_t>(count));
  }
};
#endif

}  // namespace
}  // namespace stapes
