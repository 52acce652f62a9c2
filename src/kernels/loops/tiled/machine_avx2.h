// SPDX-License-Identifier: Apache-2.0
// machine_avx2.h: the operations of tiled_conv.h in AVX2. In an unnamed namespace, like everything compiled for one
// instruction set.
#pragma once

#ifndef __AVX2__
#error "compile with the flags of AVX2 (cmake/isa.cmake)"
#endif

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "kernels/loops/tiled/tile_sizes.h"

namespace stapes {
namespace {

// VPMADDWD: pairs of 16-bit values. Wraps if all four factors are -32768; the int32 sums may wrap too.
struct Avx2Words : Tiles256<WordTiles> {
  using Sums = __m256i;
  using Weights = __m256i;
  using Group = __m256i;  // the same in every lane
  using Bits = uint8_t;

  static Sums load(const int32_t* lanes) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(lanes)); }
  static Sums all(int32_t value) { return _mm256_set1_epi32(value); }
  static Sums add(Sums a, Sums b) { return _mm256_add_epi32(a, b); }
  static Sums max(Sums a, Sums b) { return _mm256_max_epi32(a, b); }
  static Sums min(Sums a, Sums b) { return _mm256_min_epi32(a, b); }
  template <int kBits>
  static Sums shift_left(Sums x) {
    return _mm256_slli_epi32(x, kBits);
  }
  static Sums widen(const int8_t* from) {
    return _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
  }
  static Sums widen(const int8_t* from, int32_t count) {
    int64_t lanes = 0;
    memcpy(&lanes, from, static_cast<size_t>(count));
    return _mm256_cvtepi8_epi32(_mm_cvtsi64_si128(lanes));
  }

  static Weights load_weights(const Weight* weights) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(weights));
  }
  static Group load_group(const Element* elements) {
    int32_t group;
    memcpy(&group, elements, sizeof group);
    return _mm256_set1_epi32(group);
  }
  static Sums dot(Sums sums, Group group, Weights weights) {
    return _mm256_add_epi32(sums, _mm256_madd_epi16(group, weights));
  }

  // See finish.h. Odd 32-bit lanes move to even lanes to be multiplied. All high words land in odd lanes; those of the
  // even lanes move back.
  struct Rescale {
    Rescale(Sums multiplier, Sums left, Sums half, Sums right)
        : multiplier(multiplier), left(left), half(half), right(right) {}

    Sums operator()(Sums x) const {
      const __m256i doubled = _mm256_sllv_epi32(x, left), up = _mm256_set1_epi64x(int64_t{1} << 31);
      const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(doubled, multiplier), up);
      const __m256i odd =
          _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(doubled, 32), _mm256_srli_epi64(multiplier, 32)), up);
      const __m256i high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
      const __m256i divides = _mm256_cmpgt_epi32(half, _mm256_setzero_si256());
      const __m256i below_zero = _mm256_and_si256(_mm256_srai_epi32(high, 31), divides);
      return _mm256_srav_epi32(_mm256_add_epi32(_mm256_add_epi32(high, half), below_zero), right);
    }

    Sums multiplier, left, half, right;
  };

  static void store(Sums values, int32_t count, int8_t* to) {
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
    const int64_t bytes = _mm_cvtsi128_si64(_mm_packs_epi16(words, words));
    store_bytes(&bytes, static_cast<size_t>(count), sizeof bytes, to);
  }
  // Stores the low 16 bits of each value, like a C++ conversion.
  static void store(Sums values, int32_t count, int16_t* to) {
    const __m256i low = _mm256_srai_epi32(_mm256_slli_epi32(values, 16), 16);
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
    store_bytes(&words, static_cast<size_t>(count) * sizeof *to, sizeof words, to);
  }

  static Bits bits_at_least(Sums sums, Sums threshold, Sums falling) {
    const __m256i below = _mm256_cmpgt_epi32(threshold, sums);
    const __m256i rising = _mm256_cmpeq_epi32(falling, _mm256_setzero_si256());
    return static_cast<Bits>(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_xor_si256(below, rising))));
  }

  static void load_elements(const int8_t* input, int32_t count, int32_t zero_point, Element* to) {
    const __m256i zero = _mm256_set1_epi16(static_cast<int16_t>(zero_point));
    int32_t i = 0;
    for (; i + 16 <= count; i += 16) {
      const __m256i wide = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(input + i)));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), _mm256_sub_epi16(wide, zero));
    }
    for (; i < count; ++i) to[i] = element(input[i], zero_point);
  }
  static void load_elements(const int16_t* input, int32_t count, int32_t, Element* to) {
    memcpy(to, input, static_cast<size_t>(count) * sizeof *to);
  }

 private:
  static void store_bytes(const void* from, size_t bytes, size_t whole, void* to) {
    if (bytes == whole) {
      memcpy(to, from, whole);
    } else {
      memcpy(to, from, bytes);
    }
  }
};

// With groups (grouped_band.h).
struct Avx2Grouped : Avx2Words {
  static constexpr bool kLanesShareInput = false;
  static Group load_group(const Element* elements) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(elements));
  }
};

}  // namespace
}  // namespace stapes
