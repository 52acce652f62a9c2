// SPDX-License-Identifier: Apache-2.0
// conv_bits_bytes.h: count_differing() of conv_bits_vector.h for vector units with a popcount per byte. Counts of up to
// 31 words (at most 8 ones per byte) are added as bytes, then widened to 32 bits. Additional members of V:
//   Bytes                   counts, one per byte
//   no_bytes(), add_bytes(a, b)
//   ones(row, word)         ones in each byte of row XOR (word in all lanes)
//   sum_of_bytes(bytes)     a Vector: the sum of the 4 bytes of each lane
#pragma once

#include <stdint.h>

namespace stapes {

constexpr int32_t kWordsInBytes = 31;  // 31 * 8 < 256

template <class V, int kPositions>
static inline void count_in_bytes(const uint32_t* weights, int32_t words, const uint32_t* const (&patch)[kPositions],
                                  int32_t word_stride, typename V::Vector (&differing)[kPositions]) {
  for (int p = 0; p < kPositions; ++p) differing[p] = V::zero();
  int32_t w = 0, at = 0;
  while (w < words) {
    const int32_t end = words - w < kWordsInBytes ? words : w + kWordsInBytes;
    typename V::Bytes bytes[kPositions];
    for (int p = 0; p < kPositions; ++p) bytes[p] = V::no_bytes();
    for (; w < end; ++w, at += word_stride) {
      const typename V::Vector row = V::load(weights + w * V::kLanes);
      for (int p = 0; p < kPositions; ++p) bytes[p] = V::add_bytes(bytes[p], V::ones(row, patch[p][at]));
    }
    for (int p = 0; p < kPositions; ++p) differing[p] = V::add(differing[p], V::sum_of_bytes(bytes[p]));
  }
}

// load_columns() and copy() of conv_bits_vector.h for vector units without gathers.
template <class V>
static inline typename V::Vector load_columns_by_lane(const uint32_t* row, int32_t first, int32_t stride,
                                                      int32_t width) {
  if (stride == 1 && first >= 0 && first + V::kLanes <= width) return V::load(row + first);
  uint32_t words[V::kLanes] = {};
  for (int32_t i = 0; i < V::kLanes; ++i) {
    const int32_t column = first + i * stride;
    if (column >= 0 && column < width) words[i] = row[column];
  }
  return V::load(words);
}

template <class V>
static inline void copy_by_vectors(uint32_t* to, const uint32_t* from, int32_t words) {
  for (; words >= V::kLanes; words -= V::kLanes, to += V::kLanes, from += V::kLanes) V::store(to, V::load(from));
  for (int32_t i = 0; i < words; ++i) to[i] = from[i];
}

}  // namespace stapes
