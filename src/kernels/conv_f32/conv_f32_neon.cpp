// SPDX-License-Identifier: Apache-2.0
// 24 of 32 registers hold sums: 6 positions x 4 blocks of 4 channels. 10 loads for 24 FMAs.
#ifndef __ARM_NEON
#error "compile this file for AArch64 (cmake/isa.cmake)"
#endif
#include <arm_neon.h>

#include "kernels/conv_f32/conv_f32_vector.h"

namespace stapes {
namespace {

struct Neon {
  using F = float32x4_t;
  static constexpr int32_t kLanes = 4, kMaxPositions = 6, kMaxBlocks = 4;

  static F zero() { return vdupq_n_f32(0); }
  static F load(const float* p) { return vld1q_f32(p); }
  static F broadcast(const float* p) { return vld1q_dup_f32(p); }
  static F fma(F a, F b, F c) { return vfmaq_f32(c, a, b); }
  static F larger(F a, F b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }  // vmaxq would return the NaN
  static F smaller(F a, F b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
  static F load_first(const float* p, int32_t count) {
    if (count == kLanes) return load(p);
    float lanes[kLanes] = {};
    for (int32_t i = 0; i < count; ++i) lanes[i] = p[i];
    return load(lanes);
  }
  static void store_first(float* p, F v, int32_t count) {
    if (count == kLanes) return vst1q_f32(p, v);
    float lanes[kLanes];
    vst1q_f32(lanes, v);
    for (int32_t i = 0; i < count; ++i) p[i] = lanes[i];
  }
};

}  // namespace

size_t conv_f32_neon_prepared_bytes(const ConvShape& s) noexcept { return VectorConv<Neon>::prepared_bytes(s); }
size_t conv_f32_neon_scratch_bytes(const ConvShape& s) noexcept { return VectorConv<Neon>::scratch_bytes(s); }
void conv_f32_neon_prepare(const ConvF32Args<float, float>& a, void* prepared) noexcept {
  VectorConv<Neon>::prepare(a, prepared);
}
void conv_f32_neon(const ConvF32Args<float, float>& a) noexcept { VectorConv<Neon>::run(a); }

size_t conv_f32_grouped_neon_scratch_bytes(const ConvShape& s) noexcept {
  return VectorConv<Neon, true>::scratch_bytes(s);
}
void conv_f32_grouped_neon(const ConvF32Args<float, float>& a) noexcept { VectorConv<Neon, true>::run(a); }

}  // namespace stapes
