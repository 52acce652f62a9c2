// SPDX-License-Identifier: Apache-2.0
// conv_bits on AVX-512 with VPOPCNTDQ: 16 filters at a time.
//
// A carry-save adder saves popcounts: `ones` keeps the parity of each bit position; only the carry of each pair of
// words is counted. With a, b the two XORs:
//   half = ones ^ a;  sum = half ^ b;  carry = half ? b : ones = half ? ~sum : ones;  ones = sum
// One VPTERNLOG each computes half, sum (from weights and input) and carry. Two words take 5 instructions instead of 6.
#ifndef __AVX512VPOPCNTDQ__
#error "compile this file with the flags of AVX512POPCNT (cmake/isa.cmake)"
#endif

#include <immintrin.h>

#include "kernels/conv_bits/conv_bits_depthwise.h"
#include "kernels/conv_bits/conv_bits_vector.h"

namespace stapes {
namespace {

struct Avx512 {
  using Vector = __m512i;
  static constexpr int kLanes = 16;

  static Vector zero() { return _mm512_setzero_si512(); }
  static Vector broadcast(int32_t value) { return _mm512_set1_epi32(value); }
  static Vector load(const uint32_t* from) { return _mm512_load_si512(from); }
  static void store(uint32_t* to, Vector a) { _mm512_store_si512(to, a); }
  static Vector bit_or(Vector a, Vector b) { return _mm512_or_si512(a, b); }
  static Vector shift_left(Vector a, int32_t bits) { return _mm512_sll_epi32(a, _mm_cvtsi32_si128(bits)); }
  static Vector add(Vector a, Vector b) { return _mm512_add_epi32(a, b); }
  static Vector subtract(Vector a, Vector b) { return _mm512_sub_epi32(a, b); }
  static Vector smaller(Vector a, Vector b) { return _mm512_min_epi32(a, b); }
  static uint32_t at_least(Vector a, Vector b) { return _mm512_cmpge_epi32_mask(a, b); }

  static void store_sums(int16_t* to, Vector a, int32_t lowest, int32_t count) {
    const __m256i sums = _mm512_cvtepi32_epi16(_mm512_max_epi32(a, broadcast(lowest)));
    _mm256_mask_storeu_epi16(to, static_cast<__mmask16>((1u << count) - 1), sums);
  }

  static Vector load_columns(const uint32_t* row, int32_t first, int32_t stride, int32_t width) {
    if (stride == 1) return load_run(row, first, width);
    if (stride == 2) {
      const Vector even = _mm512_add_epi32(lane_numbers(), lane_numbers());
      return _mm512_permutex2var_epi32(load_run(row, first, width), even, load_run(row, first + kLanes, width));
    }
    const Vector column = add(broadcast(first), _mm512_mullo_epi32(lane_numbers(), broadcast(stride)));
    const __mmask16 inside = _mm512_cmplt_epu32_mask(column, broadcast(width));
    return _mm512_mask_i32gather_epi32(zero(), inside, column, row, sizeof(uint32_t));
  }

  static void copy(uint32_t* to, const uint32_t* from, int32_t words) {
    for (; words >= kLanes; words -= kLanes, to += kLanes, from += kLanes) {
      _mm512_storeu_si512(to, _mm512_loadu_si512(from));
    }
    const __mmask16 rest = static_cast<__mmask16>((1u << words) - 1);
    _mm512_mask_storeu_epi32(to, rest, _mm512_maskz_loadu_epi32(rest, from));
  }

  template <int kPositions>
  static void count_differing(const uint32_t* weights, int32_t words, const uint32_t* const (&patch)[kPositions],
                              int32_t word_stride, Vector (&differing)[kPositions]) {
    if (words <= kFewWords) {
      count_each_word(weights, words, patch, word_stride, differing);
    } else {
      count_carries(weights, words, patch, word_stride, differing);
    }
  }

 private:
  static constexpr int32_t kFewWords = 3;  // the carry-save adder saves nothing up to this many words

  static Vector lane_numbers() { return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }

  // kLanes neighboring columns, 0 outside the row.
  static Vector load_run(const uint32_t* row, int32_t first, int32_t width) {
    const Vector column = add(broadcast(first), lane_numbers());
    return _mm512_maskz_loadu_epi32(_mm512_cmplt_epu32_mask(column, broadcast(width)), row + first);
  }

  static Vector broadcast_word(const uint32_t* word) { return _mm512_set1_epi32(static_cast<int32_t>(*word)); }
  static Vector xor3(Vector a, Vector b, Vector c) { return _mm512_ternarylogic_epi32(a, b, c, 0x96); }
  // Bit by bit: half ? ~sum : ones.
  static Vector carry(Vector half, Vector sum, Vector ones) { return _mm512_ternarylogic_epi32(half, sum, ones, 0x3A); }

  template <int kPositions>
  static void count_each_word(const uint32_t* weights, int32_t words, const uint32_t* const (&patch)[kPositions],
                              int32_t word_stride, Vector (&differing)[kPositions]) {
    for (int p = 0; p < kPositions; ++p) differing[p] = zero();
    for (int32_t w = 0, at = 0; w < words; ++w, at += word_stride) {
      const Vector row = load(weights + w * kLanes);
      for (int p = 0; p < kPositions; ++p) {
        const Vector word = _mm512_xor_si512(row, broadcast_word(patch[p] + at));
        differing[p] = add(differing[p], _mm512_popcnt_epi32(word));
      }
    }
  }

  template <int kPositions>
  static void count_carries(const uint32_t* weights, int32_t words, const uint32_t* const (&patch)[kPositions],
                            int32_t word_stride, Vector (&differing)[kPositions]) {
    Vector ones[kPositions];
    for (int p = 0; p < kPositions; ++p) ones[p] = differing[p] = zero();
    int32_t w = words % 2, at = w * word_stride;
    if (w == 1) {
      for (int p = 0; p < kPositions; ++p) ones[p] = _mm512_xor_si512(load(weights), broadcast_word(patch[p]));
    }
    for (; w < words; w += 2, at += 2 * word_stride) {
      const Vector row0 = load(weights + w * kLanes), row1 = load(weights + (w + 1) * kLanes);
      for (int p = 0; p < kPositions; ++p) {
        const Vector half = xor3(ones[p], row0, broadcast_word(patch[p] + at));
        const Vector sum = xor3(half, row1, broadcast_word(patch[p] + at + word_stride));
        differing[p] = add(differing[p], _mm512_popcnt_epi32(carry(half, sum, ones[p])));
        ones[p] = sum;
      }
    }
    for (int p = 0; p < kPositions; ++p) {
      differing[p] = add(add(differing[p], differing[p]), _mm512_popcnt_epi32(ones[p]));
    }
  }
};

}  // namespace

void conv_bits_avx512popcnt(const ConvBitsArgs<uint32_t>& a) noexcept { conv_bits_vector<Avx512>(a); }
void conv_bits_sums_avx512popcnt(const ConvBitsArgs<int16_t>& a) noexcept { conv_bits_vector<Avx512>(a); }
void conv_bits_depthwise_avx512popcnt(const ConvBitsArgs<uint32_t>& a) noexcept { conv_bits_depthwise<Avx512>(a); }

}  // namespace stapes
