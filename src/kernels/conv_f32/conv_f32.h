// SPDX-License-Identifier: Apache-2.0
// conv_f32.h: float convolution with bias, fused max-pool and ReLU.
//   s(y, x, o) = bias[o] + sum over tap_h of dot_f32(weights[o][tap_h][inside][:], input row)
//                with groups: one dot_f32 per tap, over the channels of the filter's group
//   output[Y][X][o] = max over the pool of s, then max(., 0) if relu, then min(., 6) if relu6
// Input and output may be integers (quantize_f32.h): inputs are dequantized as they are read, and the result is
// quantized last. Padding is the real 0.
#pragma once

#include <stdint.h>

#include "kernels/variant.h"

namespace stapes {

template <class Input, class Output>  // float or int8_t; Input also int16_t (PCM)
struct ConvF32Args {
  ConvShape shape;
  const float* weights;  // [out_c][kernel_h][kernel_w][in_c / groups]
  const float* bias;     // [out_c]
  const Input* input;    // [in_h][in_w][in_c]
  Output* output;        // [out_h][out_w][out_c]; must not overlap the input
  bool relu, relu6 = false;
  float in_scale = 1, out_scale = 1;  // for integers only
  int32_t in_zero_point = 0, out_zero_point = 0;
  KernelMemory memory{};
};

void conv_f32_scalar(const ConvF32Args<float, float>& a) noexcept;
void conv_f32_to_i8_scalar(const ConvF32Args<float, int8_t>& a) noexcept;
void conv_f32_from_i8_scalar(const ConvF32Args<int8_t, float>& a) noexcept;
void conv_f32_from_i8_to_i8_scalar(const ConvF32Args<int8_t, int8_t>& a) noexcept;
void conv_f32_from_i16_scalar(const ConvF32Args<int16_t, float>& a) noexcept;
void conv_f32_from_i16_to_i8_scalar(const ConvF32Args<int16_t, int8_t>& a) noexcept;

// Float to float (conv_f32_vector.h). Variants with a fused multiply-add agree bit for bit. The scalar kernel
// differs in rounding.
size_t conv_f32_avx2_prepared_bytes(const ConvShape& s) noexcept;
size_t conv_f32_avx2_scratch_bytes(const ConvShape& s) noexcept;
void conv_f32_avx2_prepare(const ConvF32Args<float, float>& a, void* prepared) noexcept;
void conv_f32_avx2(const ConvF32Args<float, float>& a) noexcept;

size_t conv_f32_avx512_prepared_bytes(const ConvShape& s) noexcept;
size_t conv_f32_avx512_scratch_bytes(const ConvShape& s) noexcept;
void conv_f32_avx512_prepare(const ConvF32Args<float, float>& a, void* prepared) noexcept;
void conv_f32_avx512(const ConvF32Args<float, float>& a) noexcept;

size_t conv_f32_neon_prepared_bytes(const ConvShape& s) noexcept;
size_t conv_f32_neon_scratch_bytes(const ConvShape& s) noexcept;
void conv_f32_neon_prepare(const ConvF32Args<float, float>& a, void* prepared) noexcept;
void conv_f32_neon(const ConvF32Args<float, float>& a) noexcept;
size_t conv_f32_wasmsimd_prepared_bytes(const ConvShape& s) noexcept;
size_t conv_f32_wasmsimd_scratch_bytes(const ConvShape& s) noexcept;
void conv_f32_wasmsimd_prepare(const ConvF32Args<float, float>& a, void* prepared) noexcept;
void conv_f32_wasmsimd(const ConvF32Args<float, float>& a) noexcept;

// For groups of few filters, mainly depthwise (variant.h, suits_grouped). The scalar kernel runs other grouped
// convolutions.
size_t conv_f32_grouped_avx2_scratch_bytes(const ConvShape& s) noexcept;
void conv_f32_grouped_avx2(const ConvF32Args<float, float>& a) noexcept;
size_t conv_f32_grouped_avx512_scratch_bytes(const ConvShape& s) noexcept;
void conv_f32_grouped_avx512(const ConvF32Args<float, float>& a) noexcept;
size_t conv_f32_grouped_neon_scratch_bytes(const ConvShape& s) noexcept;
void conv_f32_grouped_neon(const ConvF32Args<float, float>& a) noexcept;
size_t conv_f32_grouped_wasmsimd_scratch_bytes(const ConvShape& s) noexcept;
void conv_f32_grouped_wasmsimd(const ConvF32Args<float, float>& a) noexcept;

Variants<ConvF32Args<float, float>> conv_f32_variants() noexcept;
Variants<ConvF32Args<float, int8_t>> conv_f32_to_i8_variants() noexcept;
Variants<ConvF32Args<int8_t, float>> conv_f32_from_i8_variants() noexcept;
Variants<ConvF32Args<int8_t, int8_t>> conv_f32_from_i8_to_i8_variants() noexcept;
Variants<ConvF32Args<int16_t, float>> conv_f32_from_i16_variants() noexcept;
Variants<ConvF32Args<int16_t, int8_t>> conv_f32_from_i16_to_i8_variants() noexcept;

}  // namespace stapes
