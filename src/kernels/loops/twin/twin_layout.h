// SPDX-License-Identifier: Apache-2.0
// twin_layout.h: int8 convolutions without a pool on cores that only multiply 32 by 32 bits: shapes, and the layout of
// weights and of a tile's input.
//
// Two positions share a word, y * 2^16 + x, so a product with a weight w serves both: w * y * 2^16 + w * x. The words
// of `taps` taps are added up: four if their absolute weights always total at most 255, otherwise two. Both halves then
// fit 16 bits (twin_accepts() rejects pairs of -128). After adding 2^15, the upper half of this sum A is exact, and
//   V = sum of (A >> 16)     and     S = sum of A, modulo 2^32     yield     the sums V and S - V * 2^16
// The total of the added 2^15 is subtracted from S in advance.
//
// Elements include their zero point; the initial sum compensates for it.
//
// Prepared memory, [filter]: a TwinFilter, then its [run] weights. Scratch: the tile, [run][kTwinWords]; then the bytes
// of gather_tile.h.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/loops/gather/gather_tile.h"
#include "kernels/variant.h"

namespace stapes {

constexpr int32_t kTwinWords = 2, kTwinPositions = 2 * kTwinWords;

// `multiplier`, `offset` and `right`: as in PairedFinish (paired/paired_layout.h).
struct TwinFilter {
  int32_t first;  // the initial value of a sum
  int32_t multiplier, offset;
  uint16_t right, taps;
};

static inline constexpr size_t twin_filter_bytes(const ConvShape& s) {
  return sizeof(TwinFilter) + static_cast<size_t>(gather_run(s));
}
static inline size_t twin_prepared_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(s.out_c) * twin_filter_bytes(s);
}
static inline constexpr size_t twin_tile_words(const ConvShape& s) {
  return static_cast<size_t>(gather_run(s)) * kTwinWords;
}
static inline size_t twin_scratch_bytes(const ConvShape& s) noexcept {
  return twin_tile_words(s) * sizeof(uint32_t) + gather_bytes(s, kTwinPositions);
}
static inline bool twin_suits(const ConvShape& s) noexcept { return gather_suits(s, kTwinPositions); }

}  // namespace stapes
