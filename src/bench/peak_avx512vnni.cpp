// SPDX-License-Identifier: Apache-2.0
#ifndef __AVX512VNNI__
#error "compile this file with the flags of AVX512VNNI (cmake/isa.cmake)"
#endif
#include <immintrin.h>

#include "bench/peak_chains.h"

namespace stapes {
namespace {

inline __m512i add_i32(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }
inline uint32_t low_word(__m512i v) { return static_cast<uint32_t>(_mm512_cvtsi512_si32(v)); }

}  // namespace

uint32_t peak_i16_avx512vnni(uint32_t steps) noexcept {
  const __m512i input = _mm512_set1_epi16(3), weight = _mm512_set1_epi16(5);
  const auto next = [=](__m512i v) { return _mm512_dpwssd_epi32(v, input, weight); };
  return low_word(run_chains<kFusedChains>(steps, _mm512_setzero_si512(), next, add_i32));
}

uint32_t peak_i8_avx512vnni(uint32_t steps) noexcept {
  const __m512i input = _mm512_set1_epi8(3), weight = _mm512_set1_epi8(5);
  const auto next = [=](__m512i v) { return _mm512_dpbusd_epi32(v, input, weight); };
  return low_word(run_chains<kFusedChains>(steps, _mm512_setzero_si512(), next, add_i32));
}

}  // namespace stapes
