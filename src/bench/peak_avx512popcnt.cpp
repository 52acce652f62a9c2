// SPDX-License-Identifier: Apache-2.0
#ifndef __AVX512VPOPCNTDQ__
#error "compile this file with the flags of AVX512POPCNT (cmake/isa.cmake)"
#endif
#include <immintrin.h>

#include "bench/peak_chains.h"

namespace stapes {

uint32_t peak_bits_avx512popcnt(uint32_t steps) noexcept {
  __m512i input = _mm512_set1_epi8(3);
  const __m512i weight = _mm512_set1_epi8(5);
  const auto add = [](__m512i a, __m512i b) { return _mm512_add_epi32(a, b); };
  const auto next = [&](__m512i v) {
    forget(input);
    return add(v, _mm512_popcnt_epi32(_mm512_xor_si512(input, weight)));
  };
  return static_cast<uint32_t>(
      _mm512_cvtsi512_si32(run_chains<kAddingChains>(steps, _mm512_setzero_si512(), next, add)));
}

}  // namespace stapes
