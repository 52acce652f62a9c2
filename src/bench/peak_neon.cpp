// SPDX-License-Identifier: Apache-2.0
#ifndef __ARM_NEON
#error "this file is for AArch64 (cmake/isa.cmake)"
#endif
#include <arm_neon.h>

#include "bench/peak_chains.h"

namespace stapes {
namespace {

inline int32x4_t add_i32(int32x4_t a, int32x4_t b) { return vaddq_s32(a, b); }

}  // namespace

uint32_t peak_f32_neon(uint32_t steps) noexcept {
  const float32x4_t half = vdupq_n_f32(0.5f);
  const auto next = [half](float32x4_t v) { return vfmaq_f32(half, v, half); };
  const auto join = [](float32x4_t a, float32x4_t b) { return vaddq_f32(a, b); };
  return static_cast<uint32_t>(vgetq_lane_f32(run_chains<kFusedChains>(steps, half, next, join), 0));
}

uint32_t peak_i16_neon(uint32_t steps) noexcept {
  const int16x4_t input = vdup_n_s16(3), weight = vdup_n_s16(5);
  const auto next = [=](int32x4_t v) { return vmlal_s16(v, input, weight); };
  return static_cast<uint32_t>(vgetq_lane_s32(run_chains<kFusedChains>(steps, vdupq_n_s32(0), next, add_i32), 0));
}

// The sum of two products fits 16 bits, unless both are -128 * -128.
uint32_t peak_i8_neon(uint32_t steps) noexcept {
  int8x16_t input = vdupq_n_s8(3);
  const int8x16_t weight = vdupq_n_s8(5);
  const auto next = [&](int32x4_t v) {
    forget(input);
    const int16x8_t low = vmull_s8(vget_low_s8(input), vget_low_s8(weight));
    return vpadalq_s16(v, vmlal_high_s8(low, input, weight));
  };
  return static_cast<uint32_t>(vgetq_lane_s32(run_chains<kAddingChains>(steps, vdupq_n_s32(0), next, add_i32), 0));
}

// Adds the counts as bytes. Omits widening the sums, which is needed at least every 31 steps.
uint32_t peak_bits_neon(uint32_t steps) noexcept {
  uint8x16_t input = vdupq_n_u8(3);
  const uint8x16_t weight = vdupq_n_u8(5);
  const auto add = [](uint8x16_t a, uint8x16_t b) { return vaddq_u8(a, b); };
  const auto next = [&](uint8x16_t v) {
    forget(input);
    return add(v, vcntq_u8(veorq_u8(input, weight)));
  };
  return vgetq_lane_u8(run_chains<kAddingChains>(steps, vdupq_n_u8(0), next, add), 0);
}

uint32_t load_neon(const uint8_t* bytes, size_t count) noexcept {
  const auto load = [](const uint8_t* from) { return vld1q_u8(from); };
  const auto either = [](uint8x16_t a, uint8x16_t b) { return vorrq_u8(a, b); };
  return vgetq_lane_u8(read_all(bytes, count, vdupq_n_u8(0), load, either), 0);
}

}  // namespace stapes
