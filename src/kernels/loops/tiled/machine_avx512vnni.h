// SPDX-License-Identifier: Apache-2.0
// machine_avx512vnni.h: the operations of tiled_conv.h in AVX-512 VNNI. In an unnamed namespace, like everything
// compiled for one instruction set.
#pragma once

#ifndef __AVX512VNNI__
#error "compile with the flags of AVX512VNNI (cmake/isa.cmake)"
#endif

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/loops/tiled/tile_sizes.h"

namespace stapes {
namespace {

struct Avx512 {
  using Sums = __m512i;
  using Weights = __m512i;
  using Group = __m512i;  // the same in every lane
  using Bits = uint16_t;

  static Sums load(const int32_t* lanes) { return _mm512_loadu_si512(lanes); }
  static Sums all(int32_t value) { return _mm512_set1_epi32(value); }
  static Sums add(Sums a, Sums b) { return _mm512_add_epi32(a, b); }
  static Sums max(Sums a, Sums b) { return _mm512_max_epi32(a, b); }
  static Sums min(Sums a, Sums b) { return _mm512_min_epi32(a, b); }
  template <int kBits>
  static Sums shift_left(Sums x) {
    return _mm512_slli_epi32(x, kBits);
  }
  static Sums widen(const int8_t* from) {
    return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  static Sums widen(const int8_t* from, int32_t count) {
    return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(first_lanes(count), from));
  }

  // See finish.h. Odd 32-bit lanes move to even lanes to be multiplied. All high words land in odd lanes; those of the
  // even lanes move back. The half is added with the rounding of the product, so the test for high < 0 is high + half <
  // half.
  class Rescale {
   public:
    Rescale(Sums multiplier, Sums left, Sums half, Sums right)
        : even_(multiplier),
          odd_(_mm512_srli_epi64(multiplier, 32)),
          up_even_(_mm512_or_si512(_mm512_slli_epi64(half, 32), _mm512_set1_epi64(int64_t{1} << 31))),
          up_odd_(_mm512_mask_mov_epi32(_mm512_set1_epi64(int64_t{1} << 31), 0xAAAA, half)),
          left_(left),
          half_(half),
          right_(right),
          divides_(_mm512_test_epi32_mask(right, right)) {}

    Sums operator()(Sums x) const {
      const __m512i doubled = _mm512_sllv_epi32(x, left_);
      const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(doubled, even_), up_even_);
      const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(doubled, 32), odd_), up_odd_);
      const __m512i high = _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
      const __mmask16 below_zero = _mm512_mask_cmplt_epi32_mask(divides_, high, half_);
      return _mm512_srav_epi32(_mm512_mask_sub_epi32(high, below_zero, high, _mm512_set1_epi32(1)), right_);
    }

   private:
    __m512i even_, odd_;        // multipliers of the even lanes; of the odd lanes, moved to even lanes
    __m512i up_even_, up_odd_;  // 2^31 + 2^32 * half
    __m512i left_, half_, right_;
    __mmask16 divides_;
  };

  // Narrows four vectors of rescaled sums to bytes. Saturation is fine: values outside 16 or 8 bits are beyond minimum
  // and maximum too.
  class Narrow {
   public:
    Narrow(int32_t zero_point, int32_t minimum, int32_t maximum)
        : zero_point_(_mm512_set1_epi16(static_cast<int16_t>(zero_point))),
          minimum_(_mm512_set1_epi8(static_cast<char>(minimum))),
          maximum_(_mm512_set1_epi8(static_cast<char>(maximum))) {}

    __m512i operator()(const Sums (&of)[4]) const {
      const __m512i in_order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
      return _mm512_permutexvar_epi32(in_order, packed(of));
    }
    // Each 128-bit part holds four bytes of every vector.
    __m512i packed(const Sums (&of)[4]) const {
      const __m512i first = _mm512_adds_epi16(_mm512_packs_epi32(of[0], of[1]), zero_point_);
      const __m512i second = _mm512_adds_epi16(_mm512_packs_epi32(of[2], of[3]), zero_point_);
      return _mm512_min_epi8(_mm512_max_epi8(_mm512_packs_epi16(first, second), minimum_), maximum_);
    }

   private:
    __m512i zero_point_, minimum_, maximum_;
  };

  static void store(Sums values, int32_t count, int8_t* to) {
    const __m128i bytes = _mm512_cvtepi32_epi8(values);
    if (count == 16) return _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);  // twice as fast as masked
    _mm_mask_storeu_epi8(to, first_lanes(count), bytes);
  }
  static void store(Sums values, int32_t count, int16_t* to) {
    _mm256_mask_storeu_epi16(to, first_lanes(count), _mm512_cvtepi32_epi16(values));
  }
  // Stores the first `count` bytes, at most 64.
  static void store_bytes(__m512i bytes, int32_t count, int8_t* to) {
    if (count >= 64) return _mm512_storeu_si512(to, bytes);
    _mm512_mask_storeu_epi8(to, (uint64_t{1} << count) - 1, bytes);
  }
  static __mmask16 first_lanes(int32_t count) { return static_cast<__mmask16>((1u << count) - 1); }

  static Bits bits_at_least(Sums sums, Sums threshold, Sums falling) {
    return static_cast<Bits>(_mm512_cmpge_epi32_mask(sums, threshold) ^ _mm512_test_epi32_mask(falling, falling));
  }

  template <class Element>
  static Group load_group(const Element* elements) {
    int32_t group;
    memcpy(&group, elements, sizeof group);
    return _mm512_set1_epi32(group);
  }
};

// VPDPBUSD: groups of four.
struct Avx512Bytes : Tiles512<ByteTiles>, Avx512 {
  static constexpr bool kNarrowsFours = true;
  // Stores the bytes of four vectors, `step` apart.
  static void store_fours(__m512i bytes, int8_t* to, ptrdiff_t step) {
    if (step == kLanes) return _mm512_storeu_si512(to, bytes);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_castsi512_si128(bytes));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + step), _mm512_extracti32x4_epi32(bytes, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 2 * step), _mm512_extracti32x4_epi32(bytes, 2));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 3 * step), _mm512_extracti32x4_epi32(bytes, 3));
  }
  static void load_elements(const int8_t* input, int32_t count, int32_t, Element* to) {
    const __m512i sign = _mm512_set1_epi8(static_cast<char>(0x80));
    int32_t i = 0;
    for (; i + 64 <= count; i += 64) _mm512_storeu_si512(to + i, _mm512_xor_si512(_mm512_loadu_si512(input + i), sign));
    const __mmask64 rest = (uint64_t{1} << (count - i)) - 1;
    _mm512_mask_storeu_epi8(to + i, rest, _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, input + i), sign));
  }
  static Weights load_weights(const Weight* weights) { return _mm512_load_si512(weights); }
  static Sums dot(Sums sums, Group group, Weights weights) { return _mm512_dpbusd_epi32(sums, group, weights); }
};

// VPDPWSSD: pairs. Inputs of 16 bits have the zero point 0.
struct Avx512Words : Tiles512<WordTiles>, Avx512 {
  static void load_elements(const int16_t* input, int32_t count, int32_t, Element* to) {
    memcpy(to, input, static_cast<size_t>(count) * sizeof *to);
  }
  static Weights load_weights(const Weight* weights) { return _mm512_load_si512(weights); }
  static Sums dot(Sums sums, Group group, Weights weights) { return _mm512_dpwssd_epi32(sums, group, weights); }
};

// With groups (grouped_band.h).
struct Avx512Grouped : Avx512Words {
  static constexpr bool kLanesShareInput = false;
  static Group load_group(const Element* elements) { return _mm512_loadu_si512(elements); }
};

}  // namespace
}  // namespace stapes
