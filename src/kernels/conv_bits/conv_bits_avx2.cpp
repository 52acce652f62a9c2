// SPDX-License-Identifier: Apache-2.0
// conv_bits on AVX2: 8 filters at a time. AVX2 has no vector popcount, so a shuffle looks up the count of each
// nibble in a table of 16 (Mula, Kurz, Lemire 2016, arXiv:1611.07612).
#ifndef __AVX2__
#error "compile this file with the flags of AVX2 (cmake/isa.cmake)"
#endif

#include <immintrin.h>

#include "kernels/conv_bits/conv_bits_bytes.h"
#include "kernels/conv_bits/conv_bits_depthwise.h"
#include "kernels/conv_bits/conv_bits_vector.h"

namespace stapes {
namespace {

struct Avx2 {
  using Vector = __m256i;
  static constexpr int kLanes = 8;

  static Vector zero() { return _mm256_setzero_si256(); }
  static Vector broadcast(int32_t value) { return _mm256_set1_epi32(value); }
  static Vector load(const uint32_t* from) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(from)); }
  static void store(uint32_t* to, Vector a) { _mm256_store_si256(reinterpret_cast<__m256i*>(to), a); }
  static Vector bit_or(Vector a, Vector b) { return _mm256_or_si256(a, b); }
  static Vector shift_left(Vector a, int32_t bits) { return _mm256_sll_epi32(a, _mm_cvtsi32_si128(bits)); }
  static Vector add(Vector a, Vector b) { return _mm256_add_epi32(a, b); }
  static Vector subtract(Vector a, Vector b) { return _mm256_sub_epi32(a, b); }
  static Vector smaller(Vector a, Vector b) { return _mm256_min_epi32(a, b); }
  static uint32_t at_least(Vector a, Vector b) { return ~sign_bits(_mm256_cmpgt_epi32(b, a)) & ((1u << kLanes) - 1); }

  static void store_sums(int16_t* to, Vector a, int32_t lowest, int32_t count) {
    alignas(32) int32_t sums[kLanes];
    _mm256_store_si256(reinterpret_cast<__m256i*>(sums), _mm256_max_epi32(a, broadcast(lowest)));
    for (int32_t i = 0; i < count; ++i) to[i] = static_cast<int16_t>(sums[i]);
  }

  static Vector load_columns(const uint32_t* row, int32_t first, int32_t stride, int32_t width) {
    const Vector column = add(broadcast(first), _mm256_mullo_epi32(lane_numbers(), broadcast(stride)));
    const Vector inside =
        _mm256_andnot_si256(_mm256_cmpgt_epi32(zero(), column), _mm256_cmpgt_epi32(broadcast(width), column));
    const int* words = reinterpret_cast<const int*>(row);
    if (stride == 1) return _mm256_maskload_epi32(words + first, inside);
    return _mm256_mask_i32gather_epi32(zero(), words, column, inside, sizeof(uint32_t));
  }

  static void copy(uint32_t* to, const uint32_t* from, int32_t words) {
    for (; words >= kLanes; words -= kLanes, to += kLanes, from += kLanes) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
    }
    const Vector rest = _mm256_cmpgt_epi32(broadcast(words), lane_numbers());
    _mm256_maskstore_epi32(reinterpret_cast<int*>(to), rest,
                           _mm256_maskload_epi32(reinterpret_cast<const int*>(from), rest));
  }

  template <int kPositions>
  static void count_differing(const uint32_t* weights, int32_t words, const uint32_t* const (&patch)[kPositions],
                              int32_t word_stride, Vector (&differing)[kPositions]) {
    count_in_bytes<Avx2>(weights, words, patch, word_stride, differing);
  }

  // conv_bits_bytes.h
  using Bytes = __m256i;
  static Bytes no_bytes() { return zero(); }
  static Bytes add_bytes(Bytes a, Bytes b) { return _mm256_add_epi8(a, b); }
  static Bytes ones(Vector row, uint32_t word) {
    return popcount_of_bytes(_mm256_xor_si256(row, broadcast(static_cast<int32_t>(word))));
  }
  static Vector sum_of_bytes(Bytes a) {
    return _mm256_madd_epi16(_mm256_maddubs_epi16(a, _mm256_set1_epi8(1)), _mm256_set1_epi16(1));
  }

 private:
  static Vector lane_numbers() { return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7); }
  static uint32_t sign_bits(Vector a) { return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(a))); }

  static Vector popcount_of_bytes(Vector a) {
    const Vector table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                          0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const Vector nibble = _mm256_set1_epi8(0x0F);
    const Vector low = _mm256_shuffle_epi8(table, _mm256_and_si256(a, nibble));
    const Vector high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(a, 4), nibble));
    return _mm256_add_epi8(low, high);
  }
};

}  // namespace

void conv_bits_avx2(const ConvBitsArgs<uint32_t>& a) noexcept { conv_bits_vector<Avx2>(a); }
void conv_bits_sums_avx2(const ConvBitsArgs<int16_t>& a) noexcept { conv_bits_vector<Avx2>(a); }
void conv_bits_depthwise_avx2(const ConvBitsArgs<uint32_t>& a) noexcept { conv_bits_depthwise<Avx2>(a); }

}  // namespace stapes
