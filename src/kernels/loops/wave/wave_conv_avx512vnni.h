// SPDX-License-Identifier: Apache-2.0
// wave_conv_avx512vnni.h: the first convolution of raw audio (wave_variant.h), with positions across lanes. Positions
// are two samples, 32 bits, apart. Pair `j` of 16 positions is one load of 16 pairs from pair x + j:
//
//   for each 16 positions x..:  sums[filter] = start[filter]
//     for each pair of taps j:  samples = pairs [x + j, x + j + 16) of the row
//       for each filter:        sums[filter] += dot(samples, weights[j][filter])
//
// With filters across lanes, half the lanes would be unused, and rescaling each position would cost more than the
// products.
#pragma once

#include "kernels/loops/tiled/machine_avx512vnni.h"
#include "kernels/loops/tiled/tile_layout.h"
#include "kernels/loops/wave/wave_tiles.h"
#include "kernels/variant.h"

namespace stapes {
namespace {

// A separate type: code compiled for this instruction set must not be merged with that of other files.
struct WaveMachine : WaveTiles {};

struct WaveSums {
  __m512i of[WaveTiles::kLanes];  // one per filter
};

// Samples from `from` to the end of the row, then zeros. The buffer may end with the row.
inline __m512i load_samples_inside(const int16_t* row, int32_t from, int32_t row_samples) {
  const int32_t left = row_samples - from;
  if (left >= 32) return _mm512_loadu_si512(row + from);
  return left <= 0 ? _mm512_setzero_si512() : _mm512_maskz_loadu_epi16((1u << left) - 1, row + from);
}

// finish(sums, count, output) receives `count` positions in the first lanes.
template <class Finish>
inline void convolve_wave(const ConvShape& s, const TileLayout<WaveMachine>& layout, const int16_t* input,
                          const void* prepared, const Finish& finish) {
  const int32_t* start = layout.constants(prepared, 0);
  const int32_t row_samples = s.in_w * s.in_c;
  for (int32_t y = 0; y < s.out_h; ++y) {
    const int16_t* row = input + static_cast<ptrdiff_t>(y) * s.stride_h * row_samples;
    for (int32_t x = 0; x < s.out_w; x += WaveTiles::kPositions) {
      WaveSums sums;
      for (int32_t f = 0; f < WaveTiles::kLanes; ++f) sums.of[f] = _mm512_set1_epi32(start[f]);
      const int16_t* weights = layout.weights(prepared);
      for (int32_t pair = 0; pair < layout.groups; ++pair, weights += TileLayout<WaveMachine>::kBlockWeights) {
        const __m512i samples = load_samples_inside(row, 2 * (x + pair), row_samples);
        for (int32_t f = 0; f < WaveTiles::kLanes; ++f) {
          sums.of[f] = _mm512_dpwssd_epi32(sums.of[f], samples, Avx512::load_group(weights + 2 * f));
        }
      }
      const int32_t left = s.out_w - x;
      finish(sums, left < WaveTiles::kPositions ? left : WaveTiles::kPositions,
             static_cast<ptrdiff_t>(y) * s.out_w + x);
    }
  }
}

}  // namespace
}  // namespace stapes
