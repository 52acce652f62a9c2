// SPDX-License-Identifier: Apache-2.0
// 24 of 32 registers hold sums: 12 positions x 2 blocks of 16 channels. 14 loads for 24 FMAs, two of each per cycle.
#ifndef __AVX512F__
#error "compile this file with the flags of AVX512 (cmake/isa.cmake)"
#endif
#include <immintrin.h>

#include "kernels/conv_f32/conv_f32_vector.h"

namespace stapes {
namespace {

struct Avx512 {
  using F = __m512;
  static constexpr int32_t kLanes = 16, kMaxPositions = 12, kMaxBlocks = 2;

  static F zero() { return _mm512_setzero_ps(); }
  static F load(const float* p) { return _mm512_loadu_ps(p); }
  static F broadcast(const float* p) { return _mm512_set1_ps(*p); }
  static F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  // b if either is NaN. The mask avoids a warning of GCC 12 about _mm512_max_ps (GCC bug 105593).
  static F larger(F a, F b) { return _mm512_maskz_max_ps(0xffff, a, b); }
  static F smaller(F a, F b) { return _mm512_maskz_min_ps(0xffff, a, b); }
  static F load_first(const float* p, int32_t count) { return _mm512_maskz_loadu_ps(first(count), p); }
  static void store_first(float* p, F v, int32_t count) { _mm512_mask_storeu_ps(p, first(count), v); }

 private:
  static __mmask16 first(int32_t count) { return static_cast<__mmask16>((1u << count) - 1); }
};

}  // namespace

size_t conv_f32_avx512_prepared_bytes(const ConvShape& s) noexcept { return VectorConv<Avx512>::prepared_bytes(s); }
size_t conv_f32_avx512_scratch_bytes(const ConvShape& s) noexcept { return VectorConv<Avx512>::scratch_bytes(s); }
void conv_f32_avx512_prepare(const ConvF32Args<float, float>& a, void* prepared) noexcept {
  VectorConv<Avx512>::prepare(a, prepared);
}
void conv_f32_avx512(const ConvF32Args<float, float>& a) noexcept { VectorConv<Avx512>::run(a); }

size_t conv_f32_grouped_avx512_scratch_bytes(const ConvShape& s) noexcept {
  return VectorConv<Avx512, true>::scratch_bytes(s);
}
void conv_f32_grouped_avx512(const ConvF32Args<float, float>& a) noexcept { VectorConv<Avx512, true>::run(a); }

}  // namespace stapes
