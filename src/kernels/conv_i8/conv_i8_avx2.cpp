// SPDX-License-Identifier: Apache-2.0
// 8-bit convolutions on AVX2: 16 products of 16-bit values per instruction. Bytes are widened when copied, since the
// byte multiply saturates.
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_i8/conv_i8_sparse.h"
#include "kernels/loops/tiled/machine_avx2.h"
#include "kernels/loops/tiled/run_tiled.h"

namespace stapes {

void conv_i8_avx2(const ConvI8Args<int8_t, int8_t>& a) noexcept { run_rescaled<Avx2Words>(a); }
void conv_i8_from_i16_avx2(const ConvI8Args<int16_t, int8_t>& a) noexcept { run_rescaled<Avx2Words>(a); }
void conv_i8_i16_avx2(const ConvI8Args<int16_t, int16_t>& a) noexcept { run_rescaled<Avx2Words>(a); }
void conv_i8_bits_avx2(const ConvI8BitsArgs& a) noexcept { run_decided<Avx2Words>(a); }

void conv_i8_grouped_avx2(const ConvI8Args<int8_t, int8_t>& a) noexcept { run_rescaled<Avx2Grouped>(a); }
void conv_i8_from_i16_grouped_avx2(const ConvI8Args<int16_t, int8_t>& a) noexcept { run_rescaled<Avx2Grouped>(a); }
void conv_i8_i16_grouped_avx2(const ConvI8Args<int16_t, int16_t>& a) noexcept { run_rescaled<Avx2Grouped>(a); }
void conv_i8_bits_grouped_avx2(const ConvI8BitsArgs& a) noexcept { run_decided<Avx2Grouped>(a); }

void conv_i8_sparse_avx2(const ConvI8SparseArgs<int8_t>& a) noexcept { run_rescaled<Avx2Words>(a); }
void conv_i8_sparse_from_i16_avx2(const ConvI8SparseArgs<int16_t>& a) noexcept { run_rescaled<Avx2Words>(a); }

}  // namespace stapes
