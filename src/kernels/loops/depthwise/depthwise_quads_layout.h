// SPDX-License-Identifier: Apache-2.0
// depthwise_quads_layout.h: shapes and weight layout of int8 depthwise convolutions with four taps in each 32-bit lane,
// for AVX-512 VNNI.
//
// Interleaving 64 bytes of each of four taps yields four vectors with a quad in each lane: one channel of four taps.
// Channels are then in the order of quad_place(); packing restores their order. A chunk is 64 lanes: channels or, if
// the number of channels divides 64 and positions are adjacent, all channels of several positions.
//
//   constants  [arrays][chunks][64] int32: initial sums, then the constants for rescaling (tile_writer.h)
//   weights    [chunks][quads of taps][64][4] int8
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/loops/depthwise/depthwise_taps_layout.h"
#include "kernels/loops/tiled/padded_band.h"
#include "kernels/loops/tiled/tile_sizes.h"
#include "kernels/loops/tiled/tile_writer.h"

namespace stapes {

constexpr int32_t kQuadChunk = 64, kQuadTaps = 4;

// The lane of channel `i` in a chunk: vector i % 16 / 4, 128-bit part i / 16, lane i % 4.
static inline int32_t quad_place(int32_t i) { return i % 16 / 4 * 16 + i / 16 * 4 + i % 4; }

static inline bool quads_repeat(const ConvShape& s) noexcept {
  return s.stride_w == 1 && s.out_c < kQuadChunk && kQuadChunk % s.out_c == 0;
}

struct QuadsLayout {
  int32_t chunks, quads;

  ptrdiff_t constants_size() const { return ptrdiff_t{RescaleArrays::kCount} * chunks * kQuadChunk; }
  size_t bytes() const {
    const size_t weights = static_cast<size_t>(chunks) * static_cast<size_t>(quads) * kQuadChunk * kQuadTaps;
    return static_cast<size_t>(constants_size()) * sizeof(int32_t) + weights;
  }
  const int32_t* constants(const void* memory, int32_t array, int32_t chunk) const {
    return static_cast<const int32_t*>(memory) + (ptrdiff_t{array} * chunks + chunk) * kQuadChunk;
  }
  const int8_t* weights(const void* memory, int32_t chunk) const {
    return reinterpret_cast<const int8_t*>(static_cast<const int32_t*>(memory) + constants_size()) +
           ptrdiff_t{chunk} * quads * kQuadChunk * kQuadTaps;
  }
};

static inline QuadsLayout quads_layout(const ConvShape& s) noexcept {
  return {(s.out_c + kQuadChunk - 1) / kQuadChunk, (s.kernel_h * s.kernel_w + kQuadTaps - 1) / kQuadTaps};
}

// Below 32 channels, too many lanes would be unused unless channels repeat.
static inline bool depthwise_quads_suit(const ConvShape& s) noexcept {
  return depthwise_taps_suit(s) && (s.out_c >= 32 || quads_repeat(s));
}

static inline size_t depthwise_quads_prepared_bytes(const ConvShape& s) noexcept { return quads_layout(s).bytes(); }

// The band and one more chunk: the last positions may read that far beyond it.
static inline size_t depthwise_quads_scratch_bytes(const ConvShape& s) noexcept {
  return band_bytes<ByteTiles>(s) + kQuadChunk;
}

static inline void prepare_depthwise_quads(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  const ConvShape& s = a.shape;
  const QuadsLayout layout = quads_layout(s);
  memset(prepared, 0, layout.bytes());
  const int32_t taps = s.kernel_h * s.kernel_w, places = quads_repeat(s) ? kQuadChunk : s.out_c;
  for (int32_t i = 0; i < places; ++i) {
    const int32_t o = i % s.out_c, chunk = i / kQuadChunk, place = quad_place(i % kQuadChunk);
    const auto constant = [&](int32_t array) -> int32_t& {
      return const_cast<int32_t*>(layout.constants(prepared, array, chunk))[place];
    };
    const RescaleConstants rescale = rescale_constants(a.multiplier[o], a.shift[o]);
    constant(RescaleArrays::kStart) = a.bias[o];
    constant(RescaleArrays::kMultiplier) = rescale.multiplier;
    constant(RescaleArrays::kLeft) = rescale.left;
    constant(RescaleArrays::kHalf) = rescale.half;
    constant(RescaleArrays::kRight) = rescale.right;
    int8_t* const weights = const_cast<int8_t*>(layout.weights(prepared, chunk)) + place * kQuadTaps;
    for (int32_t tap = 0; tap < taps; ++tap) {
      const int8_t weight = a.weights[o * taps + tap];
      weights[tap / kQuadTaps * kQuadChunk * kQuadTaps + tap % kQuadTaps] = weight;
      constant(RescaleArrays::kStart) -= weight * ByteTiles::excess(a.in_zero_point);
    }
  }
}

constexpr Variant<ConvI8Args<int8_t, int8_t>> depthwise_quads_variant(
    Isa isa, void (*run)(const ConvI8Args<int8_t, int8_t>&) noexcept) noexcept {
  return {isa,
          run,
          depthwise_quads_scratch_bytes,
          depthwise_quads_prepared_bytes,
          prepare_depthwise_quads,
          depthwise_quads_suit,
          "depthwise_quads"};
}

}  // namespace stapes
