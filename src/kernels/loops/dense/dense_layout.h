// SPDX-License-Identifier: Apache-2.0
// dense_layout.h: shapes and weight layout of fully connected int8 layers on cores with few registers.
//
// Prepared memory: initial sums, [out_c]; weights, [out_c][in_c padded to whole chunks with 0].
// Scratch: the input in the machine's format, padded likewise.
#pragma once

#include <string.h>

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/variant.h"

namespace stapes {

static inline bool dense_suits(const ConvShape& s) noexcept {
  return s.groups == 1 && s.in_h == 1 && s.in_w == 1 && s.out_h == 1 && s.out_w == 1 && s.kernel_h == 1 &&
         s.kernel_w == 1 && s.pad_h == 0 && s.pad_w == 0 && s.pool_h == 1 && s.pool_w == 1;
}

// The initial sums compensate for the zero point of raw elements.
struct PlainDenseSizes {
  using Element = int8_t;
  static constexpr bool kRaw = true;
  static constexpr int32_t kChunk = 4;
};
struct ArmDspDenseSizes {
  using Element = int16_t;
  static constexpr bool kRaw = false;
  static constexpr int32_t kChunk = 4;
};

template <class M>
static inline constexpr int32_t dense_row(const ConvShape& s) {
  return (s.in_c + M::kChunk - 1) / M::kChunk * M::kChunk;
}
static inline constexpr size_t dense_weights_at(const ConvShape& s) {
  return (static_cast<size_t>(s.out_c) * sizeof(int32_t) + 15) / 16 * 16;
}
template <class M>
static inline size_t dense_prepared_bytes(const ConvShape& s) noexcept {
  return dense_weights_at(s) + static_cast<size_t>(s.out_c) * static_cast<size_t>(dense_row<M>(s));
}
template <class M>
static inline size_t dense_scratch_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(dense_row<M>(s)) * sizeof(typename M::Element);
}

template <class M>
static inline void prepare_dense(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  const ConvShape& s = a.shape;
  memset(prepared, 0, dense_prepared_bytes<M>(s));
  int8_t* to = static_cast<int8_t*>(prepared) + dense_weights_at(s);
  const int8_t* from = a.weights;
  for (int32_t o = 0; o < s.out_c; ++o, from += s.in_c, to += dense_row<M>(s)) {
    int32_t sum = 0;
    for (int32_t i = 0; i < s.in_c; ++i) sum += from[i];
    static_cast<int32_t*>(prepared)[o] = a.bias[o] - (M::kRaw ? a.in_zero_point * sum : 0);
    memcpy(to, from, static_cast<size_t>(s.in_c));
  }
}

template <class M>
constexpr Variant<ConvI8Args<int8_t, int8_t>> dense_variant(
    Isa isa, void (*run)(const ConvI8Args<int8_t, int8_t>&) noexcept) noexcept {
  return {isa, run, dense_scratch_bytes<M>, dense_prepared_bytes<M>, prepare_dense<M>, dense_suits, "dense", true};
}

}  // namespace stapes
