// SPDX-License-Identifier: Apache-2.0
// conv_pcm.h: the first layer of a binary network: int16 PCM in, one bit per channel out.
//   s(y, x, o) = sum over taps inside of weights[o][tap][c] * input      (int32, exact: sum |w| <= 65535)
//   bit[Y][X][o] = (max over the pool of s) >= threshold[o], inverted where falling[o]
#pragma once

#include <stdint.h>

#include "kernels/variant.h"

namespace stapes {

struct ConvPcmArgs {
  ConvShape shape;
  const int16_t* weights;    // [out_c][kernel_h][kernel_w][in_c / groups]
  const int32_t* threshold;  // [out_c]
  const uint8_t* falling;    // [out_c] 0 or 1; null = all 0
  const int16_t* input;      // [in_h][in_w][in_c]
  uint32_t* output;          // [out_h][out_w][words of out_c]; must not overlap the input
  KernelMemory memory{};
};

void conv_pcm_scalar(const ConvPcmArgs& a) noexcept;
void conv_pcm_plain(const ConvPcmArgs& a) noexcept;
void conv_pcm_avx2(const ConvPcmArgs& a) noexcept;
void conv_pcm_avx512vnni(const ConvPcmArgs& a) noexcept;
void conv_pcm_neon(const ConvPcmArgs& a) noexcept;
void conv_pcm_wasmsimd(const ConvPcmArgs& a) noexcept;
// With groups of few filters (tiled/grouped_band.h).
void conv_pcm_grouped_avx2(const ConvPcmArgs& a) noexcept;
void conv_pcm_grouped_avx512vnni(const ConvPcmArgs& a) noexcept;
void conv_pcm_grouped_neon(const ConvPcmArgs& a) noexcept;
void conv_pcm_grouped_wasmsimd(const ConvPcmArgs& a) noexcept;
void conv_pcm_wave_avx512vnni(const ConvPcmArgs& a) noexcept;  // raw audio, wave_variant.h

Variants<ConvPcmArgs> conv_pcm_variants() noexcept;

}  // namespace stapes
