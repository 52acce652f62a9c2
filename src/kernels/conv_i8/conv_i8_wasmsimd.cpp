// SPDX-License-Identifier: Apache-2.0
// 8-bit convolutions in WebAssembly SIMD: bytes are widened when copied.
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_i8/conv_i8_sparse.h"
#include "kernels/loops/tiled/machine_wasmsimd.h"
#include "kernels/loops/tiled/run_tiled.h"

namespace stapes {

void conv_i8_wasmsimd(const ConvI8Args<int8_t, int8_t>& a) noexcept { run_rescaled<WasmWords>(a); }
void conv_i8_from_i16_wasmsimd(const ConvI8Args<int16_t, int8_t>& a) noexcept { run_rescaled<WasmWords>(a); }
void conv_i8_i16_wasmsimd(const ConvI8Args<int16_t, int16_t>& a) noexcept { run_rescaled<WasmWords>(a); }
void conv_i8_bits_wasmsimd(const ConvI8BitsArgs& a) noexcept { run_decided<WasmWords>(a); }

void conv_i8_grouped_wasmsimd(const ConvI8Args<int8_t, int8_t>& a) noexcept { run_rescaled<WasmGrouped>(a); }
void conv_i8_from_i16_grouped_wasmsimd(const ConvI8Args<int16_t, int8_t>& a) noexcept { run_rescaled<WasmGrouped>(a); }
void conv_i8_i16_grouped_wasmsimd(const ConvI8Args<int16_t, int16_t>& a) noexcept { run_rescaled<WasmGrouped>(a); }
void conv_i8_bits_grouped_wasmsimd(const ConvI8BitsArgs& a) noexcept { run_decided<WasmGrouped>(a); }

void conv_i8_sparse_wasmsimd(const ConvI8SparseArgs<int8_t>& a) noexcept { run_rescaled<WasmWords>(a); }
void conv_i8_sparse_from_i16_wasmsimd(const ConvI8SparseArgs<int16_t>& a) noexcept { run_rescaled<WasmWords>(a); }

}  // namespace stapes
