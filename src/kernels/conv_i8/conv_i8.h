// SPDX-License-Identifier: Apache-2.0
// conv_i8.h: convolution with int8 weights and a fused max-pool, by the TFLite rules or to one bit per channel.
//   s(y, x, o) = sum over taps inside of weights[o][tap][c] * (input - in_zero_point)
//   output[Y][X][o] = clamp(out_zero_point + rescale(bias[o] + max over the pool of s), minimum, maximum)
// rescale() is monotonic, so the maximum of the sums gives the same result. Padding is in_zero_point, the real 0.
// Before a binary layer, the output is bits (bits.h):
//   bit[Y][X][o] = (max over the pool of s) >= threshold[o], inverted where falling[o]
#pragma once

#include <stdint.h>

#include "kernels/variant.h"

namespace stapes {

template <class Input, class Output>  // int8_t, or int16_t with zero point 0: PCM, sums, wide activations
struct ConvI8Args {
  ConvShape shape;
  const int8_t* weights;      // [out_c][kernel_h][kernel_w][in_c / groups]
  const int32_t* bias;        // [out_c]
  const int32_t* multiplier;  // [out_c], requantize.h
  const int32_t* shift;       // [out_c]
  const Input* input;         // [in_h][in_w][in_c]
  Output* output;             // [out_h][out_w][out_c]; must not overlap the input
  int32_t in_zero_point, out_zero_point;
  int32_t minimum, maximum;
  KernelMemory memory{};
};

void conv_i8_scalar(const ConvI8Args<int8_t, int8_t>& a) noexcept;
void conv_i8_from_i16_scalar(const ConvI8Args<int16_t, int8_t>& a) noexcept;
void conv_i8_i16_scalar(const ConvI8Args<int16_t, int16_t>& a) noexcept;

void conv_i8_plain(const ConvI8Args<int8_t, int8_t>& a) noexcept;
void conv_i8_dense_plain(const ConvI8Args<int8_t, int8_t>& a) noexcept;      // fully connected, dense/dense_layout.h
void conv_i8_depthwise_plain(const ConvI8Args<int8_t, int8_t>& a) noexcept;  // depthwise/depthwise_conv.h
void conv_i8_depthwise_bands_plain(const ConvI8Args<int8_t, int8_t>& a) noexcept;  // depthwise/depthwise_bands.h
void conv_i8_twin_plain(const ConvI8Args<int8_t, int8_t>& a) noexcept;             // twin/twin_layout.h
void conv_i8_from_i16_plain(const ConvI8Args<int16_t, int8_t>& a) noexcept;
void conv_i8_i16_plain(const ConvI8Args<int16_t, int16_t>& a) noexcept;

void conv_i8_avx2(const ConvI8Args<int8_t, int8_t>& a) noexcept;
void conv_i8_from_i16_avx2(const ConvI8Args<int16_t, int8_t>& a) noexcept;
void conv_i8_i16_avx2(const ConvI8Args<int16_t, int16_t>& a) noexcept;

void conv_i8_avx512vnni(const ConvI8Args<int8_t, int8_t>& a) noexcept;
void conv_i8_doubled_avx512vnni(const ConvI8Args<int8_t, int8_t>& a) noexcept;  // few filters, doubled_variant.h
void conv_i8_dense_avx512vnni(const ConvI8Args<int8_t, int8_t>& a) noexcept;    // dense/dense_blocks_variant.h
void conv_i8_from_i16_avx512vnni(const ConvI8Args<int16_t, int8_t>& a) noexcept;
void conv_i8_from_i16_wave_avx512vnni(const ConvI8Args<int16_t, int8_t>& a) noexcept;  // raw audio, wave_variant.h
void conv_i8_i16_avx512vnni(const ConvI8Args<int16_t, int16_t>& a) noexcept;

void conv_i8_neon(const ConvI8Args<int8_t, int8_t>& a) noexcept;
void conv_i8_from_i16_neon(const ConvI8Args<int16_t, int8_t>& a) noexcept;
void conv_i8_i16_neon(const ConvI8Args<int16_t, int16_t>& a) noexcept;
void conv_i8_wasmsimd(const ConvI8Args<int8_t, int8_t>& a) noexcept;
void conv_i8_from_i16_wasmsimd(const ConvI8Args<int16_t, int8_t>& a) noexcept;
void conv_i8_i16_wasmsimd(const ConvI8Args<int16_t, int16_t>& a) noexcept;

void conv_i8_neondot(const ConvI8Args<int8_t, int8_t>& a) noexcept;

// For groups of few filters, mainly depthwise (variant.h, suits_grouped). The scalar kernel runs other grouped
// convolutions.
void conv_i8_grouped_avx2(const ConvI8Args<int8_t, int8_t>& a) noexcept;
void conv_i8_depthwise_avx512vnni(const ConvI8Args<int8_t, int8_t>& a) noexcept;
void conv_i8_depthwise_quads_avx512vnni(const ConvI8Args<int8_t, int8_t>& a) noexcept;
void conv_i8_from_i16_grouped_avx2(const ConvI8Args<int16_t, int8_t>& a) noexcept;
void conv_i8_i16_grouped_avx2(const ConvI8Args<int16_t, int16_t>& a) noexcept;
void conv_i8_grouped_avx512vnni(const ConvI8Args<int8_t, int8_t>& a) noexcept;
void conv_i8_from_i16_grouped_avx512vnni(const ConvI8Args<int16_t, int8_t>& a) noexcept;
void conv_i8_i16_grouped_avx512vnni(const ConvI8Args<int16_t, int16_t>& a) noexcept;
void conv_i8_grouped_neon(const ConvI8Args<int8_t, int8_t>& a) noexcept;
void conv_i8_from_i16_grouped_neon(const ConvI8Args<int16_t, int8_t>& a) noexcept;
void conv_i8_i16_grouped_neon(const ConvI8Args<int16_t, int16_t>& a) noexcept;
void conv_i8_grouped_wasmsimd(const ConvI8Args<int8_t, int8_t>& a) noexcept;
void conv_i8_from_i16_grouped_wasmsimd(const ConvI8Args<int16_t, int8_t>& a) noexcept;
void conv_i8_i16_grouped_wasmsimd(const ConvI8Args<int16_t, int16_t>& a) noexcept;

struct ConvI8BitsArgs {
  ConvShape shape;
  const int8_t* weights;     // [out_c][kernel_h][kernel_w][in_c / groups]
  const int32_t* threshold;  // [out_c]
  const uint8_t* falling;    // [out_c] 0 or 1; null = all 0
  const int16_t* input;      // [in_h][in_w][in_c]
  uint32_t* output;          // [out_h][out_w][words of out_c]; must not overlap the input
  KernelMemory memory{};
};

void conv_i8_bits_scalar(const ConvI8BitsArgs& a) noexcept;
void conv_i8_bits_plain(const ConvI8BitsArgs& a) noexcept;
void conv_i8_bits_avx2(const ConvI8BitsArgs& a) noexcept;
void conv_i8_bits_avx512vnni(const ConvI8BitsArgs& a) noexcept;
void conv_i8_bits_neon(const ConvI8BitsArgs& a) noexcept;
void conv_i8_bits_wasmsimd(const ConvI8BitsArgs& a) noexcept;
// With groups, as above.
void conv_i8_bits_grouped_avx2(const ConvI8BitsArgs& a) noexcept;
void conv_i8_bits_grouped_avx512vnni(const ConvI8BitsArgs& a) noexcept;
void conv_i8_bits_grouped_neon(const ConvI8BitsArgs& a) noexcept;
void conv_i8_bits_grouped_wasmsimd(const ConvI8BitsArgs& a) noexcept;

Variants<ConvI8Args<int8_t, int8_t>> conv_i8_variants() noexcept;
Variants<ConvI8Args<int16_t, int8_t>> conv_i8_from_i16_variants() noexcept;
Variants<ConvI8Args<int16_t, int16_t>> conv_i8_i16_variants() noexcept;
Variants<ConvI8BitsArgs> conv_i8_bits_variants() noexcept;

}  // namespace stapes
