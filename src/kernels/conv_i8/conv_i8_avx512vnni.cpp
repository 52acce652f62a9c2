// SPDX-License-Identifier: Apache-2.0
// 8-bit convolutions on AVX-512 VNNI: 64 byte products or 32 16-bit products per instruction.
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_i8/conv_i8_sparse.h"
#include "kernels/loops/dense/dense_blocks.h"
#include "kernels/loops/depthwise/depthwise_machine_avx512vnni.h"
#include "kernels/loops/depthwise/depthwise_quads.h"
#include "kernels/loops/depthwise/depthwise_taps_conv.h"
#include "kernels/loops/tiled/doubled_variant.h"
#include "kernels/loops/tiled/run_tiled.h"

namespace stapes {

void conv_i8_avx512vnni(const ConvI8Args<int8_t, int8_t>& a) noexcept { run_rescaled<Avx512Bytes>(a); }
void conv_i8_doubled_avx512vnni(const ConvI8Args<int8_t, int8_t>& a) noexcept {
  ConvI8Args<int8_t, int8_t> doubled = a;
  doubled.shape = doubled_shape(a.shape);
  run_rescaled<Avx512Bytes>(doubled);
}
void conv_i8_dense_avx512vnni(const ConvI8Args<int8_t, int8_t>& a) noexcept { run_dense_blocks(a); }
void conv_i8_from_i16_avx512vnni(const ConvI8Args<int16_t, int8_t>& a) noexcept { run_rescaled<Avx512Words>(a); }
void conv_i8_i16_avx512vnni(const ConvI8Args<int16_t, int16_t>& a) noexcept { run_rescaled<Avx512Words>(a); }
void conv_i8_bits_avx512vnni(const ConvI8BitsArgs& a) noexcept { run_decided<Avx512Words>(a); }

void conv_i8_grouped_avx512vnni(const ConvI8Args<int8_t, int8_t>& a) noexcept { run_rescaled<Avx512Grouped>(a); }
void conv_i8_from_i16_grouped_avx512vnni(const ConvI8Args<int16_t, int8_t>& a) noexcept {
  run_rescaled<Avx512Grouped>(a);
}
void conv_i8_i16_grouped_avx512vnni(const ConvI8Args<int16_t, int16_t>& a) noexcept { run_rescaled<Avx512Grouped>(a); }
void conv_i8_bits_grouped_avx512vnni(const ConvI8BitsArgs& a) noexcept { run_decided<Avx512Grouped>(a); }

void conv_i8_depthwise_avx512vnni(const ConvI8Args<int8_t, int8_t>& a) noexcept {
  run_depthwise_taps<Avx512Depthwise>(a);
}
void conv_i8_depthwise_quads_avx512vnni(const ConvI8Args<int8_t, int8_t>& a) noexcept { run_depthwise_quads(a); }

void conv_i8_sparse_avx512vnni(const ConvI8SparseArgs<int8_t>& a) noexcept { run_rescaled<Avx512Bytes>(a); }
void conv_i8_sparse_from_i16_avx512vnni(const ConvI8SparseArgs<int16_t>& a) noexcept { run_rescaled<Avx512Words>(a); }

}  // namespace stapes
