// SPDX-License-Identifier: Apache-2.0
// twin_variant.h: the Variant (variant.h) of a twin kernel, and portable code that lays out weights.
#pragma once

#include <string.h>

#include "kernels/loops/paired/paired_finish.h"
#include "kernels/loops/twin/twin_layout.h"

namespace stapes {

// Whether the sum of `taps` consecutive products of a weight and a byte always fits 16 bits.
static inline bool twin_taps_fit(const int8_t* filter, int32_t count, int32_t taps) {
  constexpr int32_t kMax = 255;  // 255 * 128 < 2^15
  for (int32_t first = 0; first < count; first += taps) {
    int32_t sum = 0;
    for (int32_t i = first; i < first + taps && i < count; ++i) sum += filter[i] < 0 ? -filter[i] : filter[i];
    if (sum > kMax) return false;
  }
  return true;
}

static inline bool twin_accepts(const ConvI8Args<int8_t, int8_t>& a) noexcept {
  const int32_t taps = static_cast<int32_t>(filter_size(a.shape));
  const int8_t* filter = a.weights;
  for (int32_t o = 0; o < a.shape.out_c; ++o, filter += taps) {
    if (!twin_taps_fit(filter, taps, 2)) return false;
  }
  return paired_accepts_finish(a);
}

static inline void prepare_twin(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  const int32_t taps = static_cast<int32_t>(filter_size(a.shape));
  memset(prepared, 0, twin_prepared_bytes(a.shape));
  auto* to = static_cast<unsigned char*>(prepared);
  const int8_t* from = a.weights;
  for (int32_t o = 0; o < a.shape.out_c; ++o, from += taps, to += twin_filter_bytes(a.shape)) {
    int32_t sum = 0;
    for (int32_t i = 0; i < taps; ++i) sum += from[i];
    const PairedFinish finish = paired_finish(a, o, paired_is_constant(from, taps));
    const TwinFilter filter{finish.twice_bias / 2 - a.in_zero_point * sum, finish.multiplier, finish.offset,
                            static_cast<uint16_t>(finish.right),
                            static_cast<uint16_t>(twin_taps_fit(from, taps, 4) ? 4 : 2)};
    memcpy(to, &filter, sizeof filter);
    memcpy(to + sizeof filter, from, static_cast<size_t>(taps));
  }
}

constexpr Variant<ConvI8Args<int8_t, int8_t>> twin_variant(
    Isa isa, void (*run)(const ConvI8Args<int8_t, int8_t>&) noexcept) noexcept {
  return {isa,          run, twin_scratch_bytes, twin_prepared_bytes, prepare_twin, twin_suits, "twin", true,
          twin_accepts, true};
}

}  // namespace stapes
