// SPDX-License-Identifier: Apache-2.0
// paired_layout.h: int8 convolutions without a pool on cores with few registers, two filters at kPairedPositions output
// positions at a time: shapes, and the layout of weights and of a tile's input.
//
// The weights of two filters share 16 bits, v * 256 + w, so a product with an input x serves both:
//   S = sum (v * 256 + w) * x     and     W = sum w * x,     so     sum v * x = (S - W) / 256
// S may wrap around; the result is exact while |sum v * x| < 2^23 (paired_accepts()).
//
// Prepared memory, [pair of filters]: [run] weights of 16 bits, then the PairedFinish of both.
// Scratch: six zeros (a tile's initial sums); the tile, [run / kGatherChunk][kPairedPositions][chunk], in the machine's
// order; then the bytes of gather_tile.h.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/loops/gather/gather_tile.h"
#include "kernels/variant.h"

namespace stapes {

constexpr int32_t kPairedPositions = 3;

// A sum with bias, x, becomes (offset + high - (x < 0)) >> right. x2 = 2 * x; high = (x2 * multiplier + 2^31) / 2^32,
// rounded down; offset includes the output's zero point. This is rescale() for a shift of -right, which subtracts 1 if
// high < 0. If x < 0 and high = 0, subtracting 1 does not change the result.
struct PairedFinish {
  int32_t twice_bias, multiplier, offset, right;
};

// Weight i of a chunk is at place_of(i). SXTB16 widens bytes 0 and 2 of a word, or 1 and 3 with a rotation; tiles use
// this order.
struct ArmDspPairedSizes {
  static constexpr int32_t place_of(int32_t i) { return i == 1 ? 2 : i == 2 ? 1 : i; }
};

static inline constexpr size_t paired_pair_bytes(const ConvShape& s) {
  return static_cast<size_t>(gather_run(s)) * sizeof(int16_t) + 2 * sizeof(PairedFinish);
}

constexpr size_t kPairedZeroBytes = 2 * kPairedPositions * sizeof(int32_t);

static inline constexpr size_t paired_tile_bytes(const ConvShape& s) {
  return static_cast<size_t>(gather_run(s)) * kPairedPositions * sizeof(int16_t);
}
static inline size_t paired_scratch_bytes(const ConvShape& s) noexcept {
  return kPairedZeroBytes + paired_tile_bytes(s) + gather_bytes(s, kPairedPositions);
}
static inline size_t paired_prepared_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(s.out_c / 2) * paired_pair_bytes(s);
}

static inline bool paired_suits(const ConvShape& s) noexcept {
  return gather_suits(s, kPairedPositions) && s.out_c % 2 == 0;
}

}  // namespace stapes
