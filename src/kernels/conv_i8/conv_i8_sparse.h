// SPDX-License-Identifier: Apache-2.0
// conv_i8_sparse.h: convolution of conv_i8.h (TFLite rules) with weights stored without zeros and read in place. The
// results are the same. The reader rejects groups.
//
// Row (o, tap_h) has kernel_w * in_c weights, stored as entries[o * kernel_h + tap_h] pairs, row after row:
//   at = 0;  for each pair: at += gap; weight[at] = value; ++at
// Pairs (255, 0) split runs of more than 255 zeros. A nonzero weight takes 2 bytes, so the file shrinks once half of
// the weights are zero. A bitmap would be smaller below 7/8 zeros, but slower.
//
// Vector kernels restore the zeros when a model is loaded, so sparse weights only make the file smaller.
//
// Time of the scalar kernel relative to the dense scalar kernel (bench/sparse_bench.cpp, x86-64, SSE2):
//   zeros            50 %   70 %   80 %   90 %   95 %
//   micro conv2      1.67   1.41   1.12   0.95   0.81     one column of the front end
//   micro conv4      1.17   0.88   0.74   0.65   0.53
//   micro conv9      1.42   0.87   0.67   0.43   0.32
//   micro conv11     1.89   1.27   0.85   0.58   0.39
//   acdnet conv5     1.39   1.06   0.66   0.38   0.21
//   acdnet conv9     1.67   0.93   0.78   0.36   0.19
#pragma once

#include <stdint.h>

#include "kernels/variant.h"

namespace stapes {

struct SparseRows {
  const uint16_t* entries;  // [out_c][kernel_h]
  const uint8_t* gaps;
  const int8_t* values;
};

template <class Input>  // int8_t or int16_t
struct ConvI8SparseArgs {
  ConvShape shape;
  SparseRows weights;
  const int32_t* bias;        // [out_c]
  const int32_t* multiplier;  // [out_c], requantize.h
  const int32_t* shift;       // [out_c]
  const Input* input;         // [in_h][in_w][in_c]
  int8_t* output;             // [out_h][out_w][out_c]; must not overlap the input
  int32_t in_zero_point, out_zero_point;
  int32_t minimum, maximum;
  KernelMemory memory{};
};

void conv_i8_sparse_scalar(const ConvI8SparseArgs<int8_t>& a) noexcept;
void conv_i8_sparse_from_i16_scalar(const ConvI8SparseArgs<int16_t>& a) noexcept;

void conv_i8_sparse_avx2(const ConvI8SparseArgs<int8_t>& a) noexcept;
void conv_i8_sparse_from_i16_avx2(const ConvI8SparseArgs<int16_t>& a) noexcept;

void conv_i8_sparse_avx512vnni(const ConvI8SparseArgs<int8_t>& a) noexcept;
void conv_i8_sparse_from_i16_avx512vnni(const ConvI8SparseArgs<int16_t>& a) noexcept;
void conv_i8_sparse_from_i16_wave_avx512vnni(const ConvI8SparseArgs<int16_t>& a) noexcept;  // raw audio, wave_variant.h

void conv_i8_sparse_neon(const ConvI8SparseArgs<int8_t>& a) noexcept;
void conv_i8_sparse_from_i16_neon(const ConvI8SparseArgs<int16_t>& a) noexcept;
void conv_i8_sparse_wasmsimd(const ConvI8SparseArgs<int8_t>& a) noexcept;
void conv_i8_sparse_from_i16_wasmsimd(const ConvI8SparseArgs<int16_t>& a) noexcept;
void conv_i8_sparse_neondot(const ConvI8SparseArgs<int8_t>& a) noexcept;

Variants<ConvI8SparseArgs<int8_t>> conv_i8_sparse_variants() noexcept;
Variants<ConvI8SparseArgs<int16_t>> conv_i8_sparse_from_i16_variants() noexcept;

}  // namespace stapes
