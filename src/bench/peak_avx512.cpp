// SPDX-License-Identifier: Apache-2.0
#ifndef __AVX512BW__
#error "compile this file with the flags of AVX512 (cmake/isa.cmake)"
#endif
#include <immintrin.h>

#include "bench/peak_chains.h"

namespace stapes {
namespace {

inline __m512i add_i32(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }
inline uint32_t low_word(__m512i v) { return static_cast<uint32_t>(_mm512_cvtsi512_si32(v)); }

}  // namespace

uint32_t peak_f32_avx512(uint32_t steps) noexcept {
  const __m512 half = _mm512_set1_ps(0.5f);
  const auto next = [half](__m512 v) { return _mm512_fmadd_ps(v, half, half); };
  const auto join = [](__m512 a, __m512 b) { return _mm512_add_ps(a, b); };
  return static_cast<uint32_t>(_mm512_cvtss_f32(run_chains<kFusedChains>(steps, half, next, join)));
}

// Also for int8: bytes are widened to 16 bits, because PMADDUBSW saturates.
uint32_t peak_i16_avx512(uint32_t steps) noexcept {
  __m512i input = _mm512_set1_epi16(3);
  const __m512i weight = _mm512_set1_epi16(5);
  const auto next = [&](__m512i v) {
    forget(input);
    return add_i32(v, _mm512_madd_epi16(input, weight));
  };
  return low_word(run_chains<kAddingChains>(steps, _mm512_setzero_si512(), next, add_i32));
}

// The table of peak_avx2.cpp as four words, lowest byte first.
uint32_t peak_bits_avx512(uint32_t steps) noexcept {
  const __m512i table = _mm512_set4_epi32(0x04030302, 0x03020201, 0x03020201, 0x02010100);
  const __m512i low_half = _mm512_set1_epi8(0x0f);
  __m512i input = _mm512_set1_epi8(3);
  const __m512i weight = _mm512_set1_epi8(5);
  const auto next = [&](__m512i v) {
    forget(input);
    const __m512i differing = _mm512_xor_si512(input, weight);
    const __m512i low = _mm512_and_si512(differing, low_half);
    const __m512i high = _mm512_and_si512(_mm512_srli_epi16(differing, 4), low_half);
    const __m512i counts = _mm512_add_epi8(_mm512_shuffle_epi8(table, low), _mm512_shuffle_epi8(table, high));
    return _mm512_add_epi8(v, counts);
  };
  return low_word(run_chains<kAddingChains>(steps, _mm512_setzero_si512(), next, add_i32));
}

uint32_t load_avx512(const uint8_t* bytes, size_t count) noexcept {
  const auto load = [](const uint8_t* from) { return _mm512_load_si512(from); };
  const auto either = [](__m512i a, __m512i b) { return _mm512_or_si512(a, b); };
  return low_word(read_all(bytes, count, _mm512_setzero_si512(), load, either));
}

}  // namespace stapes
