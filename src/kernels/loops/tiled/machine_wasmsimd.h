// SPDX-License-Identifier: Apache-2.0
// machine_wasmsimd.h: the operations of tiled_conv.h in WebAssembly's SIMD128. In an unnamed namespace, like everything
// compiled for one instruction set.
#pragma once

#ifndef __wasm_simd128__
#error "compile with the flags of WASMSIMD (cmake/isa.cmake)"
#endif

#include <stdint.h>
#include <string.h>
#include <wasm_simd128.h>

#include "kernels/loops/tiled/tile_sizes.h"

namespace stapes {
namespace {

// i32x4.dot_i16x8_s: pairs of 16-bit values. Wraps if all four factors are -32768; the int32 sums may wrap too.
struct WasmWords : Tiles256<WordTiles> {
  struct Sums {
    v128_t low, high;
  };
  using Weights = Sums;
  using Group = v128_t;  // the same in every lane
  using Bits = uint8_t;

  static Sums load(const int32_t* lanes) { return {wasm_v128_load(lanes), wasm_v128_load(lanes + 4)}; }
  static Sums all(int32_t value) { return {wasm_i32x4_splat(value), wasm_i32x4_splat(value)}; }
  static Sums add(Sums a, Sums b) { return {wasm_i32x4_add(a.low, b.low), wasm_i32x4_add(a.high, b.high)}; }
  static Sums max(Sums a, Sums b) { return {wasm_i32x4_max(a.low, b.low), wasm_i32x4_max(a.high, b.high)}; }
  static Sums min(Sums a, Sums b) { return {wasm_i32x4_min(a.low, b.low), wasm_i32x4_min(a.high, b.high)}; }
  template <int kBits>
  static Sums shift_left(Sums x) {
    return {wasm_i32x4_shl(x.low, kBits), wasm_i32x4_shl(x.high, kBits)};
  }
  static Sums widen(const int8_t* from) {
    const v128_t words = wasm_i16x8_load8x8(from);
    return {wasm_i32x4_extend_low_i16x8(words), wasm_i32x4_extend_high_i16x8(words)};
  }
  static Sums widen(const int8_t* from, int32_t count) {
    int8_t lanes[8] = {};
    memcpy(lanes, from, static_cast<size_t>(count));
    return widen(lanes);
  }

  static Weights load_weights(const Weight* weights) { return {wasm_v128_load(weights), wasm_v128_load(weights + 8)}; }
  static Group load_group(const Element* elements) { return wasm_v128_load32_splat(elements); }
  static Sums dot(Sums sums, Group group, Weights weights) {
    return {wasm_i32x4_add(sums.low, wasm_i32x4_dot_i16x8(group, weights.low)),
            wasm_i32x4_add(sums.high, wasm_i32x4_dot_i16x8(group, weights.high))};
  }

  // See finish.h. No instruction shifts lanes by different amounts. A left shift is a product with a power of two. A
  // right shift by n > 0 is a shift by 1, a product with 2^(31 - n) and a shift by 30.
  class Rescale {
   public:
    Rescale(Sums multiplier, Sums left, Sums half, Sums right)
        : low_(multiplier.low, left.low, half.low, right.low),
          high_(multiplier.high, left.high, half.high, right.high) {}

    Sums operator()(Sums x) const { return {low_.of(x.low), high_.of(x.high)}; }

   private:
    struct Four {
      Four(v128_t multiplier, v128_t left, v128_t half, v128_t right)
          : multiplier(multiplier), half(half), divides(wasm_i32x4_gt(right, wasm_i32x4_splat(0))) {
        int32_t lefts[4], rights[4];
        uint32_t up[4], down[4];
        wasm_v128_store(lefts, left);
        wasm_v128_store(rights, right);
        for (int i = 0; i < 4; ++i) {
          up[i] = uint32_t{1} << lefts[i];
          down[i] = uint32_t{1} << (rights[i] > 0 ? 31 - rights[i] : 30);
        }
        scale_up = wasm_v128_load(up);
        scale_down = wasm_v128_load(down);
      }

      v128_t of(v128_t x) const {
        const v128_t doubled = wasm_i32x4_mul(x, scale_up), up = wasm_i64x2_splat(int64_t{1} << 31);
        const v128_t first = wasm_i64x2_add(wasm_i64x2_extmul_low_i32x4(doubled, multiplier), up);
        const v128_t second = wasm_i64x2_add(wasm_i64x2_extmul_high_i32x4(doubled, multiplier), up);
        const v128_t high = wasm_i32x4_shuffle(first, second, 1, 3, 5, 7);
        const v128_t below_zero = wasm_v128_and(wasm_i32x4_shr(high, 31), divides);
        const v128_t sum = wasm_i32x4_add(wasm_i32x4_add(high, half), below_zero);
        const v128_t halved = wasm_v128_bitselect(wasm_i32x4_shr(sum, 1), sum, divides);
        return wasm_i32x4_shuffle(wasm_i64x2_shr(wasm_i64x2_extmul_low_i32x4(halved, scale_down), 30),
                                  wasm_i64x2_shr(wasm_i64x2_extmul_high_i32x4(halved, scale_down), 30), 0, 2, 4, 6);
      }

      v128_t multiplier, half, divides, scale_up, scale_down;
    };
    Four low_, high_;
  };

  // Callers keep the values in the range of the output.
  static void store(Sums values, int32_t count, int8_t* to) {
    const v128_t words = wasm_i16x8_narrow_i32x4(values.low, values.high);
    int8_t bytes[16];
    wasm_v128_store(bytes, wasm_i8x16_narrow_i16x8(words, words));
    memcpy(to, bytes, static_cast<size_t>(count));
  }
  // Stores the low 16 bits of each value, like a C++ conversion.
  static void store(Sums values, int32_t count, int16_t* to) {
    const v128_t low = wasm_i32x4_shr(wasm_i32x4_shl(values.low, 16), 16);
    const v128_t high = wasm_i32x4_shr(wasm_i32x4_shl(values.high, 16), 16);
    int16_t words[8];
    wasm_v128_store(words, wasm_i16x8_narrow_i32x4(low, high));
    memcpy(to, words, static_cast<size_t>(count) * sizeof *to);
  }

  static Bits bits_at_least(Sums sums, Sums threshold, Sums falling) {
    return static_cast<Bits>(four_bits(sums.low, threshold.low, falling.low) |
                             four_bits(sums.high, threshold.high, falling.high) << 4);
  }

  static void load_elements(const int8_t* input, int32_t count, int32_t zero_point, Element* to) {
    const v128_t zero = wasm_i16x8_splat(static_cast<int16_t>(zero_point));
    int32_t i = 0;
    for (; i + 8 <= count; i += 8) wasm_v128_store(to + i, wasm_i16x8_sub(wasm_i16x8_load8x8(input + i), zero));
    for (; i < count; ++i) to[i] = element(input[i], zero_point);
  }
  static void load_elements(const int16_t* input, int32_t count, int32_t, Element* to) {
    memcpy(to, input, static_cast<size_t>(count) * sizeof *to);
  }

 private:
  static uint32_t four_bits(v128_t sums, v128_t threshold, v128_t falling) {
    const v128_t reached = wasm_i32x4_ge(sums, threshold), flipped = wasm_i32x4_gt(falling, wasm_i32x4_splat(0));
    return static_cast<uint32_t>(wasm_i32x4_bitmask(wasm_v128_xor(reached, flipped)));
  }
};

// With groups (grouped_band.h).
struct WasmGrouped : WasmWords {
  static constexpr bool kLanesShareInput = false;
  using Group = Sums;

  static Group load_group(const Element* elements) { return load_weights(elements); }
  static Sums dot(Sums sums, Group group, Weights weights) {
    return {wasm_i32x4_add(sums.low, wasm_i32x4_dot_i16x8(group.low, weights.low)),
            wasm_i32x4_add(sums.high, wasm_i32x4_dot_i16x8(group.high, weights.high))};
  }
};

}  // namespace
}  // namespace stapes
