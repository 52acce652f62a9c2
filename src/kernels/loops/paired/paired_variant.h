// SPDX-License-Identifier: Apache-2.0
// paired_variant.h: the Variants (variant.h) of the paired kernels, and portable code that lays out weights.
#pragma once

#include <string.h>

#include "kernels/loops/paired/paired_dense.h"
#include "kernels/loops/paired/paired_finish.h"

namespace stapes {

// Whether two filters can share 16 bits within the bound of paired_layout.h.
static inline bool paired_accepts_filters(const int8_t* first, const int8_t* second, int32_t taps, int32_t largest) {
  int32_t sum = 0;
  for (int32_t i = 0; i < taps; ++i) {
    if (second[i] == INT8_MIN && first[i] < 0) return false;
    sum += second[i] < 0 ? -second[i] : second[i];
  }
  return int64_t{sum} * largest < int64_t{1} << 23;
}

static inline bool paired_accepts(const ConvI8Args<int8_t, int8_t>& a) noexcept {
  if (!paired_accepts_finish(a)) return false;
  const int32_t taps = static_cast<int32_t>(filter_size(a.shape));
  const int32_t largest = a.in_zero_point < 0 ? INT8_MAX - a.in_zero_point : a.in_zero_point - INT8_MIN;
  const int8_t* filter = a.weights;
  for (int32_t o = 0; o < a.shape.out_c; ++o, filter += taps) {
    if (o % 2 != 0 && !paired_accepts_filters(filter - taps, filter, taps, largest)) return false;
  }
  return true;
}

template <class Sizes>
static inline void prepare_paired(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  const int32_t taps = static_cast<int32_t>(filter_size(a.shape)), run = gather_run(a.shape);
  auto* to = static_cast<unsigned char*>(prepared);
  for (int32_t o = 0; o < a.shape.out_c; o += 2) {
    const int8_t* const first = a.weights + static_cast<ptrdiff_t>(o) * taps;
    const int8_t* const second = first + taps;
    auto* const weights = reinterpret_cast<int16_t*>(to);
    for (int32_t i = 0; i < run; ++i) {
      const int32_t both = i < taps ? second[i] * 256 + first[i] : 0;
      weights[i / kGatherChunk * kGatherChunk + Sizes::place_of(i % kGatherChunk)] = static_cast<int16_t>(both);
    }
    auto* const finish = reinterpret_cast<PairedFinish*>(weights + run);
    finish[0] = paired_finish(a, o, paired_is_constant(first, taps));
    finish[1] = paired_finish(a, o + 1, paired_is_constant(second, taps));
    to += paired_pair_bytes(a.shape);
  }
}

// For paired_dense.h. The words of half a chunk are consecutive, one per pair of filters.
template <class Sizes>
static inline void prepare_paired_dense(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  constexpr int32_t kHalf = kGatherChunk / 2;
  const int32_t taps = a.shape.in_c, run = gather_run(a.shape);
  memset(prepared, 0, paired_dense_prepared_bytes(a.shape));
  auto* to = static_cast<unsigned char*>(prepared);
  for (int32_t first = 0; first < a.shape.out_c; first += kPairedDenseFilters) {
    auto* const weights = reinterpret_cast<int16_t*>(to);
    auto* const finish = reinterpret_cast<PairedFinish*>(weights + run * kPairedDenseFilters / 2);
    for (int32_t f = 0; f < kPairedDenseFilters && first + f < a.shape.out_c; ++f) {
      const int8_t* const filter = a.weights + static_cast<ptrdiff_t>(first + f) * taps;
      for (int32_t i = 0; i < taps; ++i) {
        const int32_t place = Sizes::place_of(i % kGatherChunk), half = i / kGatherChunk * 2 + place / kHalf;
        int16_t& both = weights[half * kPairedDenseFilters + f / 2 * kHalf + place % kHalf];
        both = static_cast<int16_t>(f % 2 == 0 ? filter[i] : filter[i] * 256 + both);
      }
      finish[f] = paired_finish(a, first + f, paired_is_constant(filter, taps));
    }
    to += paired_dense_group_bytes(a.shape);
  }
}

static inline bool paired_dense_suits(const ConvShape& s) noexcept {
  return dense_suits(s) && s.in_c <= int32_t{1} << 16;
}

template <class Sizes>
constexpr Variant<ConvI8Args<int8_t, int8_t>> paired_dense_variant(
    Isa isa, void (*run)(const ConvI8Args<int8_t, int8_t>&) noexcept) noexcept {
  return {isa,
          run,
          paired_dense_scratch_bytes,
          paired_dense_prepared_bytes,
          prepare_paired_dense<Sizes>,
          paired_dense_suits,
          "paired_dense",
          true,
          paired_accepts,
          true};
}

template <class Sizes>
constexpr Variant<ConvI8Args<int8_t, int8_t>> paired_variant(
    Isa isa, void (*run)(const ConvI8Args<int8_t, int8_t>&) noexcept) noexcept {
  return {isa,
          run,
          paired_scratch_bytes,
          paired_prepared_bytes,
          prepare_paired<Sizes>,
          paired_suits,
          "paired",
          true,
          paired_accepts,
          true};
}

}  // namespace stapes
