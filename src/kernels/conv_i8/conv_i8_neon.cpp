// SPDX-License-Identifier: Apache-2.0
// 8-bit convolutions on AArch64 without dot product instructions: bytes are widened when copied.
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_i8/conv_i8_sparse.h"
#include "kernels/loops/tiled/machine_neon.h"
#include "kernels/loops/tiled/run_tiled.h"

namespace stapes {

void conv_i8_neon(const ConvI8Args<int8_t, int8_t>& a) noexcept { run_rescaled<NeonWords>(a); }
void conv_i8_from_i16_neon(const ConvI8Args<int16_t, int8_t>& a) noexcept { run_rescaled<NeonWords>(a); }
void conv_i8_i16_neon(const ConvI8Args<int16_t, int16_t>& a) noexcept { run_rescaled<NeonWords>(a); }
void conv_i8_bits_neon(const ConvI8BitsArgs& a) noexcept { run_decided<NeonWords>(a); }

void conv_i8_grouped_neon(const ConvI8Args<int8_t, int8_t>& a) noexcept { run_rescaled<NeonGrouped>(a); }
void conv_i8_from_i16_grouped_neon(const ConvI8Args<int16_t, int8_t>& a) noexcept { run_rescaled<NeonGrouped>(a); }
void conv_i8_i16_grouped_neon(const ConvI8Args<int16_t, int16_t>& a) noexcept { run_rescaled<NeonGrouped>(a); }
void conv_i8_bits_grouped_neon(const ConvI8BitsArgs& a) noexcept { run_decided<NeonGrouped>(a); }

void conv_i8_sparse_neon(const ConvI8SparseArgs<int8_t>& a) noexcept { run_rescaled<NeonWords>(a); }
void conv_i8_sparse_from_i16_neon(const ConvI8SparseArgs<int16_t>& a) noexcept { run_rescaled<NeonWords>(a); }

}  // namespace stapes
