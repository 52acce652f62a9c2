// SPDX-License-Identifier: Apache-2.0
// depthwise_variant.h: the Variants (variant.h) of the depthwise kernels, and portable code that lays out weights.
#pragma once

#include <string.h>

#include "kernels/loops/depthwise/depthwise_bands.h"
#include "kernels/loops/depthwise/depthwise_conv.h"
#include "kernels/loops/depthwise/depthwise_rows.h"
#include "kernels/loops/paired/paired_finish.h"
#include "kernels/variant.h"

namespace stapes {

// A machine's element type and its order of a block's weights: channel c is at place_of(c).
struct PlainDepthwiseSizes {
  using Element = int8_t;
  using Weight = int8_t;
  static constexpr bool kRaw = true;
  static constexpr int32_t place_of(int32_t c) { return c; }
};
// Channels 0 and 2, 1 and 3 form pairs: SXTB16 unpacks words in this order.
struct ArmDspDepthwiseSizes {
  using Element = int16_t;
  using Weight = int16_t;
  static constexpr bool kRaw = false;
  static constexpr int32_t place_of(int32_t c) { return c == 1 ? 2 : c == 2 ? 1 : c; }
};

template <class M>
static inline size_t depthwise_prepared_bytes(const ConvShape& s) noexcept {
  const size_t weights =
      static_cast<size_t>(depthwise_blocks(s.in_c)) * static_cast<size_t>(depthwise_block_weights(s));
  return depthwise_weights_at(s) + weights * sizeof(typename M::Weight);
}

template <class M>
static inline void prepare_depthwise(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  const ConvShape& s = a.shape;
  const int32_t taps = s.kernel_h * s.kernel_w;
  memset(prepared, 0, depthwise_prepared_bytes<M>(s));
  int32_t* const first_sums = static_cast<int32_t*>(prepared);
  for (int32_t c = 0; c < s.in_c; ++c) {
    int32_t sum = 0;
    for (int32_t tap = 0; tap < taps; ++tap) sum += a.weights[c * taps + tap];
    first_sums[c] = a.bias[c] - (M::kRaw ? a.in_zero_point * sum : 0);
  }
  auto* to = reinterpret_cast<typename M::Weight*>(static_cast<unsigned char*>(prepared) + depthwise_weights_at(s));
  for (int32_t block = 0; block < depthwise_blocks(s.in_c); ++block) {
    const int8_t* const from = a.weights + depthwise_block_start(block, s.in_c) * taps;
    for (int32_t tap = 0; tap < taps; ++tap, to += kDepthwiseChannels) {
      for (int32_t c = 0; c < kDepthwiseChannels; ++c) to[M::place_of(c)] = from[c * taps + tap];
    }
  }
}

template <class M>
static inline void prepare_depthwise_rows(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  const ConvShape& s = a.shape;
  const int32_t taps = s.kernel_h * s.kernel_w;
  auto* block_at = static_cast<unsigned char*>(prepared);
  for (int32_t block = 0; block < depthwise_blocks(s.in_c); ++block, block_at += depthwise_block_bytes<M>(s)) {
    const int32_t first = depthwise_block_start(block, s.in_c);
    const int8_t* const from = a.weights + static_cast<ptrdiff_t>(first) * taps;
    auto* to = reinterpret_cast<typename M::Weight*>(block_at);
    for (int32_t tap = 0; tap < taps; ++tap, to += kDepthwiseChannels) {
      for (int32_t c = 0; c < kDepthwiseChannels; ++c) to[M::place_of(c)] = from[c * taps + tap];
    }
    auto* const finish = reinterpret_cast<PairedFinish*>(to);
    for (int32_t c = 0; c < kDepthwiseChannels; ++c) {
      finish[c] = paired_finish(a, first + c, paired_is_constant(from + c * taps, taps));
    }
  }
}

static inline void prepare_depthwise_bands(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  const int32_t channels = a.shape.in_c, taps = a.shape.kernel_h * a.shape.kernel_w;
  auto* const filters = static_cast<DepthwiseFilter*>(prepared);
  memcpy(filters + channels, a.weights, static_cast<size_t>(channels) * static_cast<size_t>(taps));
  for (int32_t c = 0; c < channels; ++c) {
    const int8_t* const weights = a.weights + static_cast<ptrdiff_t>(c) * taps;
    int32_t sum = 0;
    for (int32_t tap = 0; tap < taps; ++tap) sum += weights[tap];
    const PairedFinish finish = paired_finish(a, c, paired_is_constant(weights, taps));
    filters[c] = {finish.twice_bias / 2 - a.in_zero_point * sum, finish.multiplier, finish.offset, finish.right};
  }
}

constexpr Variant<ConvI8Args<int8_t, int8_t>> depthwise_bands_variant(
    Isa isa, void (*run)(const ConvI8Args<int8_t, int8_t>&) noexcept) noexcept {
  return {isa,
          run,
          depthwise_bands_scratch_bytes,
          depthwise_bands_prepared_bytes,
          prepare_depthwise_bands,
          depthwise_bands_suits,
          "depthwise_bands",
          true,
          paired_accepts_finish,
          true};
}

template <class M>
constexpr Variant<ConvI8Args<int8_t, int8_t>> depthwise_rows_variant(
    Isa isa, void (*run)(const ConvI8Args<int8_t, int8_t>&) noexcept) noexcept {
  return {isa,
          run,
          depthwise_rows_scratch_bytes<M>,
          depthwise_rows_prepared_bytes<M>,
          prepare_depthwise_rows<M>,
          depthwise_rows_suits,
          "depthwise_rows",
          true,
          paired_accepts_finish,
          true};
}

template <class M>
constexpr Variant<ConvI8Args<int8_t, int8_t>> depthwise_variant(
    Isa isa, void (*run)(const ConvI8Args<int8_t, int8_t>&) noexcept) noexcept {
  return {
      isa,         run, depthwise_scratch_bytes<M>, depthwise_prepared_bytes<M>, prepare_depthwise<M>, depthwise_suits,
      "depthwise", true};
}

}  // namespace stapes
