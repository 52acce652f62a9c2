// SPDX-License-Identifier: Apache-2.0
// conv_pcm.h for raw audio on AVX-512 VNNI (wave/wave_conv_avx512vnni.h): 16 positions are 16 words of bits.
#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/loops/tiled/tile_writer.h"
#include "kernels/loops/wave/wave_conv_avx512vnni.h"

namespace stapes {

void conv_pcm_wave_avx512vnni(const ConvPcmArgs& a) noexcept {
  const TileLayout<WaveMachine> layout = tile_layout<WaveMachine>(a.shape, ThresholdArrays::kCount);
  const int32_t* threshold = layout.constants(a.memory.prepared, ThresholdArrays::kThreshold);
  const int32_t* falling = layout.constants(a.memory.prepared, ThresholdArrays::kFalling);
  int32_t flipped = 0;
  for (int32_t f = 0; f < WaveTiles::kLanes; ++f) flipped |= falling[f] << f;
  convolve_wave(a.shape, layout, a.input, a.memory.prepared, [&](WaveSums& sums, int32_t count, ptrdiff_t position) {
    __m512i words = _mm512_set1_epi32(flipped);
    for (int32_t f = 0; f < WaveTiles::kLanes; ++f) {
      const __mmask16 reached = _mm512_cmpge_epi32_mask(sums.of[f], _mm512_set1_epi32(threshold[f]));
      words = _mm512_mask_xor_epi32(words, reached, words, _mm512_set1_epi32(1 << f));
    }
    _mm512_mask_storeu_epi32(a.output + position, Avx512::first_lanes(count), words);
  });
}

}  // namespace stapes
