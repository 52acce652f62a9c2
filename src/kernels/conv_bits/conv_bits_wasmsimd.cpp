// SPDX-License-Identifier: Apache-2.0
// conv_bits in WebAssembly SIMD: 4 filters at a time, with i8x16.popcnt.
#ifndef __wasm_simd128__
#error "compile this file with the flags of WASMSIMD (cmake/isa.cmake)"
#endif

#include <wasm_simd128.h>

#include "kernels/conv_bits/conv_bits_bytes.h"
#include "kernels/conv_bits/conv_bits_depthwise.h"
#include "kernels/conv_bits/conv_bits_vector.h"

namespace stapes {
namespace {

struct WasmBits {
  using Vector = v128_t;
  static constexpr int kLanes = 4;

  static Vector zero() { return wasm_i32x4_splat(0); }
  static Vector broadcast(int32_t value) { return wasm_i32x4_splat(value); }
  static Vector load(const uint32_t* from) { return wasm_v128_load(from); }
  static void store(uint32_t* to, Vector a) { wasm_v128_store(to, a); }
  static Vector bit_or(Vector a, Vector b) { return wasm_v128_or(a, b); }
  static Vector shift_left(Vector a, int32_t bits) { return wasm_i32x4_shl(a, static_cast<uint32_t>(bits)); }
  static Vector add(Vector a, Vector b) { return wasm_i32x4_add(a, b); }
  static Vector subtract(Vector a, Vector b) { return wasm_i32x4_sub(a, b); }
  static Vector smaller(Vector a, Vector b) { return wasm_i32x4_min(a, b); }
  static uint32_t at_least(Vector a, Vector b) {
    return static_cast<uint32_t>(wasm_i32x4_bitmask(wasm_i32x4_ge(a, b)));
  }

  static void store_sums(int16_t* to, Vector a, int32_t lowest, int32_t count) {
    const Vector sums = wasm_i32x4_max(a, broadcast(lowest));
    int16_t words[8];
    wasm_v128_store(words, wasm_i16x8_narrow_i32x4(sums, sums));
    for (int32_t i = 0; i < count; ++i) to[i] = words[i];
  }

  static Vector load_columns(const uint32_t* row, int32_t first, int32_t stride, int32_t width) {
    return load_columns_by_lane<WasmBits>(row, first, stride, width);
  }

  static void copy(uint32_t* to, const uint32_t* from, int32_t words) { copy_by_vectors<WasmBits>(to, from, words); }

  template <int kPositions>
  static void count_differing(const uint32_t* weights, int32_t words, const uint32_t* const (&patch)[kPositions],
                              int32_t word_stride, Vector (&differing)[kPositions]) {
    count_in_bytes<WasmBits>(weights, words, patch, word_stride, differing);
  }

  // conv_bits_bytes.h
  using Bytes = v128_t;
  static Bytes no_bytes() { return wasm_i32x4_splat(0); }
  static Bytes add_bytes(Bytes a, Bytes b) { return wasm_i8x16_add(a, b); }
  static Bytes ones(Vector row, uint32_t word) {
    return wasm_i8x16_popcnt(wasm_v128_xor(row, wasm_i32x4_splat(static_cast<int32_t>(word))));
  }
  static Vector sum_of_bytes(Bytes a) { return wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(a)); }
};

}  // namespace

void conv_bits_wasmsimd(const ConvBitsArgs<uint32_t>& a) noexcept { conv_bits_vector<WasmBits>(a); }
void conv_bits_sums_wasmsimd(const ConvBitsArgs<int16_t>& a) noexcept { conv_bits_vector<WasmBits>(a); }
void conv_bits_depthwise_wasmsimd(const ConvBitsArgs<uint32_t>& a) noexcept { conv_bits_depthwise<WasmBits>(a); }

}  // namespace stapes
