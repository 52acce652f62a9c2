// SPDX-License-Identifier: Apache-2.0
#ifndef __AVX2__
#error "compile this file with the flags of AVX2 (cmake/isa.cmake)"
#endif
#include <immintrin.h>

#include "bench/peak_chains.h"

namespace stapes {
namespace {

inline __m256i add_i32(__m256i a, __m256i b) { return _mm256_add_epi32(a, b); }
inline uint32_t low_word(__m256i v) { return static_cast<uint32_t>(_mm256_cvtsi256_si32(v)); }

}  // namespace

uint32_t peak_f32_avx2(uint32_t steps) noexcept {
  const __m256 half = _mm256_set1_ps(0.5f);
  const auto next = [half](__m256 v) { return _mm256_fmadd_ps(v, half, half); };
  const auto join = [](__m256 a, __m256 b) { return _mm256_add_ps(a, b); };
  return static_cast<uint32_t>(_mm256_cvtss_f32(run_chains<kFusedChainsIn16Registers>(steps, half, next, join)));
}

// Also for int8: bytes are widened to 16 bits, because PMADDUBSW saturates.
uint32_t peak_i16_avx2(uint32_t steps) noexcept {
  __m256i input = _mm256_set1_epi16(3);
  const __m256i weight = _mm256_set1_epi16(5);
  const auto next = [&](__m256i v) {
    forget(input);
    return add_i32(v, _mm256_madd_epi16(input, weight));
  };
  return low_word(run_chains<kAddingChains>(steps, _mm256_setzero_si256(), next, add_i32));
}

// AVX2 has no population count: looks up each nibble in a table and adds the counts as bytes (arXiv:1611.07612). Omits
// widening the sums, which is needed at least every 31 steps.
uint32_t peak_bits_avx2(uint32_t steps) noexcept {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                         0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low_half = _mm256_set1_epi8(0x0f);
  __m256i input = _mm256_set1_epi8(3);
  const __m256i weight = _mm256_set1_epi8(5);
  const auto next = [&](__m256i v) {
    forget(input);
    const __m256i differing = _mm256_xor_si256(input, weight);
    const __m256i low = _mm256_and_si256(differing, low_half);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(differing, 4), low_half);
    const __m256i counts = _mm256_add_epi8(_mm256_shuffle_epi8(table, low), _mm256_shuffle_epi8(table, high));
    return _mm256_add_epi8(v, counts);
  };
  return low_word(run_chains<kAddingChains>(steps, _mm256_setzero_si256(), next, add_i32));
}

uint32_t load_avx2(const uint8_t* bytes, size_t count) noexcept {
  const auto load = [](const uint8_t* from) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(from)); };
  const auto either = [](__m256i a, __m256i b) { return _mm256_or_si256(a, b); };
  return low_word(read_all(bytes, count, _mm256_setzero_si256(), load, either));
}

}  // namespace stapes
