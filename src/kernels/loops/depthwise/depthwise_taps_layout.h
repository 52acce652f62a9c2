// SPDX-License-Identifier: Apache-2.0
// depthwise_taps_layout.h: shapes and weight layout (loops/tiled/tile_layout.h with one weight per group) of int8
// depthwise convolutions with channels across 32-bit lanes, for AVX-512 VNNI. With AVX2's 8 lanes and wide rows,
// spreading the input is faster (loops/tiled/grouped_band.h).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/loops/tiled/tile_writer.h"
#include "kernels/loops/tiled/tiled_variant.h"

namespace stapes {

// A weight in the lower half of a lane. VPDPWSSD multiplies pairs of 16 bits and adds both products. The upper half of
// a widened input is its sign, multiplied by 0.
struct LowerHalf {
  explicit LowerHalf(int32_t weight) : bits(static_cast<uint16_t>(weight)) {}
  uint32_t bits;
};

// Elements are the inputs themselves.
struct DepthwiseTaps {
  using Weight = LowerHalf;
  static constexpr int32_t kLanes = 16, kGroup = 1, kMaxBlocks = 1;
  static constexpr int32_t excess(int32_t zero_point) { return zero_point; }
};

constexpr int32_t kMaxDepthwiseTaps = 64;

static inline bool depthwise_taps_suit(const ConvShape& s) noexcept {
  return s.groups > 1 && s.groups == s.in_c && s.out_c == s.in_c && s.pool_h == 1 && s.pool_w == 1 &&
         s.kernel_h <= kMaxDepthwiseTaps && s.kernel_w <= kMaxDepthwiseTaps / s.kernel_h;
}

// Whether lanes hold two positions: with stride 1, these are adjacent in input and output. Weights and constants are
// then stored twice.
static inline bool depthwise_taps_double(const ConvShape& s) noexcept {
  return s.stride_w == 1 && 2 * s.out_c <= DepthwiseTaps::kLanes;
}

template <class M>
void prepare_depthwise_taps(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  TileWriter<M> writer(tile_layout_for<M, ConvI8Args<int8_t, int8_t>>(a.shape), prepared);
  for (int32_t channel = 0; channel <= (depthwise_taps_double(a.shape) ? a.shape.out_c : 0); channel += a.shape.out_c) {
    write_weights(a.shape, a.weights, M::excess(a.in_zero_point), writer, {channel, 0});
    write_rescale(a, writer, {channel, 0});
  }
}

// Scratch: a row of zero points for taps outside the input.
static inline size_t depthwise_taps_scratch_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(s.in_w) * static_cast<size_t>(s.in_c);
}

template <class M>
constexpr Variant<ConvI8Args<int8_t, int8_t>> depthwise_taps_variant(
    Isa isa, void (*run)(const ConvI8Args<int8_t, int8_t>&) noexcept) noexcept {
  using Args = ConvI8Args<int8_t, int8_t>;
  return {isa,
          run,
          depthwise_taps_scratch_bytes,
          tiled_prepared_bytes<M, Args>,
          prepare_depthwise_taps<M>,
          depthwise_taps_suit,
          "depthwise"};
}

}  // namespace stapes
