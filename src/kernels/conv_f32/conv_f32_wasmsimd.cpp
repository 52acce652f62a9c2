// SPDX-License-Identifier: Apache-2.0
// 12 sums: 6 positions x 2 blocks of 4 channels. No fused multiply-add, so the last bits differ from other vector
// variants.
#ifndef __wasm_simd128__
#error "compile this file with the flags of WASMSIMD (cmake/isa.cmake)"
#endif
#include <wasm_simd128.h>

#include "kernels/conv_f32/conv_f32_vector.h"

namespace stapes {
namespace {

struct WasmFloats {
  using F = v128_t;
  static constexpr int32_t kLanes = 4, kMaxPositions = 6, kMaxBlocks = 2;

  static F zero() { return wasm_f32x4_splat(0); }
  static F load(const float* p) { return wasm_v128_load(p); }
  static F broadcast(const float* p) { return wasm_v128_load32_splat(p); }
  static F fma(F a, F b, F c) { return wasm_f32x4_add(wasm_f32x4_mul(a, b), c); }
  static F larger(F a, F b) { return wasm_f32x4_pmax(b, a); }  // b < a ? a : b
  static F smaller(F a, F b) { return wasm_f32x4_pmin(b, a); }
  static F load_first(const float* p, int32_t count) {
    if (count == kLanes) return load(p);
    float lanes[kLanes] = {};
    for (int32_t i = 0; i < count; ++i) lanes[i] = p[i];
    return load(lanes);
  }
  static void store_first(float* p, F v, int32_t count) {
    if (count == kLanes) return wasm_v128_store(p, v);
    float lanes[kLanes];
    wasm_v128_store(lanes, v);
    for (int32_t i = 0; i < count; ++i) p[i] = lanes[i];
  }
};

}  // namespace

size_t conv_f32_wasmsimd_prepared_bytes(const ConvShape& s) noexcept {
  return VectorConv<WasmFloats>::prepared_bytes(s);
}
size_t conv_f32_wasmsimd_scratch_bytes(const ConvShape& s) noexcept { return VectorConv<WasmFloats>::scratch_bytes(s); }
void conv_f32_wasmsimd_prepare(const ConvF32Args<float, float>& a, void* prepared) noexcept {
  VectorConv<WasmFloats>::prepare(a, prepared);
}
void conv_f32_wasmsimd(const ConvF32Args<float, float>& a) noexcept { VectorConv<WasmFloats>::run(a); }

size_t conv_f32_grouped_wasmsimd_scratch_bytes(const ConvShape& s) noexcept {
  return VectorConv<WasmFloats, true>::scratch_bytes(s);
}
void conv_f32_grouped_wasmsimd(const ConvF32Args<float, float>& a) noexcept { VectorConv<WasmFloats, true>::run(a); }

}  // namespace stapes
