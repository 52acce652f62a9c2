// SPDX-License-Identifier: Apache-2.0
// conv_bits on NEON: 4 filters at a time, with CNT.
#ifndef __ARM_NEON
#error "compile this file for AArch64 (cmake/isa.cmake)"
#endif

#include <arm_neon.h>

#include "kernels/conv_bits/conv_bits_bytes.h"
#include "kernels/conv_bits/conv_bits_depthwise.h"
#include "kernels/conv_bits/conv_bits_vector.h"

namespace stapes {
namespace {

struct Neon {
  using Vector = int32x4_t;
  static constexpr int kLanes = 4;

  static Vector zero() { return vdupq_n_s32(0); }
  static Vector broadcast(int32_t value) { return vdupq_n_s32(value); }
  static Vector load(const uint32_t* from) { return vreinterpretq_s32_u32(vld1q_u32(from)); }
  static void store(uint32_t* to, Vector a) { vst1q_u32(to, vreinterpretq_u32_s32(a)); }
  static Vector bit_or(Vector a, Vector b) { return vorrq_s32(a, b); }
  static Vector shift_left(Vector a, int32_t bits) { return vshlq_s32(a, vdupq_n_s32(bits)); }
  static Vector add(Vector a, Vector b) { return vaddq_s32(a, b); }
  static Vector subtract(Vector a, Vector b) { return vsubq_s32(a, b); }
  static Vector smaller(Vector a, Vector b) { return vminq_s32(a, b); }
  static uint32_t at_least(Vector a, Vector b) {
    const uint32_t bit_of_lane[kLanes] = {1, 2, 4, 8};
    return vaddvq_u32(vandq_u32(vcgeq_s32(a, b), vld1q_u32(bit_of_lane)));
  }

  static void store_sums(int16_t* to, Vector a, int32_t lowest, int32_t count) {
    int16_t sums[kLanes];
    vst1_s16(sums, vmovn_s32(vmaxq_s32(a, broadcast(lowest))));
    for (int32_t i = 0; i < count; ++i) to[i] = sums[i];
  }

  static Vector load_columns(const uint32_t* row, int32_t first, int32_t stride, int32_t width) {
    return load_columns_by_lane<Neon>(row, first, stride, width);
  }

  static void copy(uint32_t* to, const uint32_t* from, int32_t words) { copy_by_vectors<Neon>(to, from, words); }

  template <int kPositions>
  static void count_differing(const uint32_t* weights, int32_t words, const uint32_t* const (&patch)[kPositions],
                              int32_t word_stride, Vector (&differing)[kPositions]) {
    count_in_bytes<Neon>(weights, words, patch, word_stride, differing);
  }

  // conv_bits_bytes.h
  using Bytes = uint8x16_t;
  static Bytes no_bytes() { return vdupq_n_u8(0); }
  static Bytes add_bytes(Bytes a, Bytes b) { return vaddq_u8(a, b); }
  static Bytes ones(Vector row, uint32_t word) {
    return vcntq_u8(vreinterpretq_u8_u32(veorq_u32(vreinterpretq_u32_s32(row), vdupq_n_u32(word))));
  }
  static Vector sum_of_bytes(Bytes a) { return vreinterpretq_s32_u32(vpaddlq_u16(vpaddlq_u8(a))); }
};

}  // namespace

void conv_bits_neon(const ConvBitsArgs<uint32_t>& a) noexcept { conv_bits_vector<Neon>(a); }
void conv_bits_sums_neon(const ConvBitsArgs<int16_t>& a) noexcept { conv_bits_vector<Neon>(a); }
void conv_bits_depthwise_neon(const ConvBitsArgs<uint32_t>& a) noexcept { conv_bits_depthwise<Neon>(a); }

}  // namespace stapes
