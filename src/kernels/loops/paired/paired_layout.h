// SPDX-License-Identifier: Apache-2.0
// paired_layout.h: int8 convolutions without a pool on cores with few registers, filters two by two at
// kPairedPositions output positions: which shapes, and how weights and the input of a tile are laid out.
//
// The weights of a pair of filters share 16 bits, v * 256 + w, so a product with an input x serves both:
//   S = sum (v * 256 + w) * x     and     W = sum w * x     give     sum v * x = (S - W) / 256
// S may wrap around; the result is still exact as long as |sum v * x| < 2^23 (paired_accepts()).
//
// Prepared memory, [pair of filters]: [run] weights of 16 bits, then the PairedFinish of both.
// Scratch: six zeros, the initial sums of a tile; the tile, [run / kPairedChunk][kPairedPositions][chunk], in the
// machine's order; then bytes that cannot be read in the input: a position of padding, or patches.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/variant.h"

namespace stapes {

constexpr int32_t kPairedPositions = 3, kPairedChunk = 4;

// A sum x becomes (offset + high - (x < 0)) >> right, where x2 = 2 * (sum + bias), high = (x2 * multiplier + 2^31) /
// 2^32 rounded down, and offset includes the output's zero point. This is rescale() for a shift of -right, which
// subtracts 1 where `high` is negative; where x < 0 and high = 0, subtracting it does not change the result.
struct PairedFinish {
  int32_t twice_bias, multiplier, offset, right;
};

// What a machine multiplies: the weight of place i of a chunk lies at place_of(i) of its memory. SXTB16 widens bytes 0
// and 2 of a word, and with a rotation 1 and 3: tiles have them in this order.
struct ArmDspPairedSizes {
  static constexpr int32_t place_of(int32_t i) { return i == 1 ? 2 : i == 2 ? 1 : i; }
};

// Taps of a filter, filled up to whole chunks.
static inline constexpr int32_t paired_run(const ConvShape& s) {
  return (s.kernel_h * s.kernel_w * s.in_c + kPairedChunk - 1) / kPairedChunk * kPairedChunk;
}
static inline constexpr size_t paired_pair_bytes(const ConvShape& s) {
  return static_cast<size_t>(paired_run(s)) * sizeof(int16_t) + 2 * sizeof(PairedFinish);
}

// Whether a tap is a number of whole chunks, so that it can be widened from the input directly.
static inline constexpr bool paired_taps_are_chunks(const ConvShape& s) { return s.in_c % kPairedChunk == 0; }
// Whether output positions are input positions.
static inline constexpr bool paired_is_pointwise(const ConvShape& s) {
  return s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1 && s.pad_h == 0 && s.pad_w == 0 &&
         s.in_w == s.out_w && paired_taps_are_chunks(s);
}

constexpr size_t kPairedZeroBytes = 2 * kPairedPositions * sizeof(int32_t);

static inline constexpr size_t paired_tile_bytes(const ConvShape& s) {
  return static_cast<size_t>(paired_run(s)) * kPairedPositions * sizeof(int16_t);
}
static inline size_t paired_scratch_bytes(const ConvShape& s) noexcept {
  const size_t padding = paired_is_pointwise(s) ? 0 : static_cast<size_t>(s.in_c);
  const size_t patches = static_cast<size_t>(paired_run(s)) * kPairedPositions;
  return kPairedZeroBytes + paired_tile_bytes(s) + (paired_taps_are_chunks(s) ? padding : patches);
}
static inline size_t paired_prepared_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(s.out_c / 2) * paired_pair_bytes(s);
}

static inline bool paired_suits(const ConvShape& s) noexcept {
  constexpr int64_t kMostTaps = 2048;  // the tile is a copy of them
  return s.groups == 1 && s.pool_h == 1 && s.pool_w == 1 && s.out_c % 2 == 0 &&
         int64_t{s.out_h} * s.out_w >= kPairedPositions && s.kernel_h <= kMostTaps &&
         s.kernel_w <= kMostTaps / s.kernel_h && s.in_c <= kMostTaps / (s.kernel_h * s.kernel_w);
}

}  // namespace stapes
