// SPDX-License-Identifier: Apache-2.0
// 12 of 16 registers hold sums: 6 positions x 2 blocks of 8 channels. 8 loads for 12 FMAs, two of each per cycle.
#if !defined(__AVX2__) || !defined(__FMA__)
#error "compile this file with the flags of AVX2 (cmake/isa.cmake)"
#endif
#include <immintrin.h>

#include "kernels/conv_f32/conv_f32_vector.h"

namespace stapes {
namespace {

struct Avx2 {
  using F = __m256;
  static constexpr int32_t kLanes = 8, kMaxPositions = 6, kMaxBlocks = 2;

  static F zero() { return _mm256_setzero_ps(); }
  static F load(const float* p) { return _mm256_loadu_ps(p); }
  static F broadcast(const float* p) { return _mm256_broadcast_ss(p); }
  static F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
  static F larger(F a, F b) { return _mm256_max_ps(a, b); }  // b if either is NaN
  static F smaller(F a, F b) { return _mm256_min_ps(a, b); }
  static F load_first(const float* p, int32_t count) {
    return count == kLanes ? load(p) : _mm256_maskload_ps(p, first(count));
  }
  static void store_first(float* p, F v, int32_t count) {
    if (count == kLanes) {
      _mm256_storeu_ps(p, v);
    } else {
      _mm256_maskstore_ps(p, first(count), v);
    }
  }

 private:
  static __m256i first(int32_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};

}  // namespace

size_t conv_f32_avx2_prepared_bytes(const ConvShape& s) noexcept { return VectorConv<Avx2>::prepared_bytes(s); }
size_t conv_f32_avx2_scratch_bytes(const ConvShape& s) noexcept { return VectorConv<Avx2>::scratch_bytes(s); }
void conv_f32_avx2_prepare(const ConvF32Args<float, float>& a, void* prepared) noexcept {
  VectorConv<Avx2>::prepare(a, prepared);
}
void conv_f32_avx2(const ConvF32Args<float, float>& a) noexcept { VectorConv<Avx2>::run(a); }

size_t conv_f32_grouped_avx2_scratch_bytes(const ConvShape& s) noexcept {
  return VectorConv<Avx2, true>::scratch_bytes(s);
}
void conv_f32_grouped_avx2(const ConvF32Args<float, float>& a) noexcept { VectorConv<Avx2, true>::run(a); }

}  // namespace stapes
