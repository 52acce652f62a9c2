// SPDX-License-Identifier: Apache-2.0
// conv_bits_lanes.h: binary convolution without a popcount instruction, 32 filters at a time, one per bit of a word.
// Counts of differing bits are bit-sliced across words, one plane per binary digit.
//
// Each input bit is combined with 32 filters at once: differing = weights XOR (all ones or zeros). A full adder takes
// five instructions for three words (Harley and Seal's carry-save adder, across filters). Finally the planes are
// compared with the bit-sliced thresholds; the 32 results are the output word.
//
// Pairs: for weights w0 and w1 the memory holds w0 and w0 ^ w1. With masks m0 of the first input bit and m01 of the XOR
// of both input bits, low = (w0 ^ w1) ^ m01 is the lower digit of their count. Where low is 0, both bits are equal, so
// adding them to `ones` gives the carry low ? ones : w0 ^ m0. This saves one instruction.
//
// Eight inputs and 32 filters take about 60 instructions, 0.24 per MAC, on Armv7-M and more than twice as many on
// Armv6-M (docs/studies/microcontroller-costs.md).
//
// A row of taps (conv_bits_rows.h) is processed in whole words, then in steps of 8 inputs, then in pairs. If no tap
// columns lie outside the input, the row is counted once and
//   s >= T  <=>  differing + floor(outside / 2) <= floor((N - T - outside % 2) / 2)
// Otherwise it is counted twice. So each filter has three limits.
//
// Prepared memory, for each block of 32 filters, in words:
//   [kernel_h][inputs]  pairs w0, w0 ^ w1; inputs = the bits of a row padded to whole steps with 0
//   [3][planes]         the lowest count that makes the bit 0: counted once (outside even, odd), counted twice
//   [1]                 falling flags
// Operators that output sums have only the weights.
#pragma once

#include <string.h>

#include "kernels/conv_bits/conv_bits_rows.h"

namespace stapes {

struct LaneLayout {
  int32_t words, eights, pairs;  // steps of a row
  int32_t inputs;                // of a row, padded
  int32_t planes;                // digits of a count
  int32_t limits, falling;       // offsets in a block
  int32_t block_words;
};

enum class Limit : int32_t { kEven, kOdd, kTwice, kCount };

static inline constexpr LaneLayout lane_layout(const ConvShape& s, bool decides) {
  LaneLayout l{};
  const int32_t bits = bits_of_row(s), rest = bits % 8;
  l.words = bits / 32;
  l.eights = bits % 32 / 8 + (rest > 4 ? 1 : 0);
  l.pairs = rest > 4 ? 0 : (rest + 1) / 2;
  if (l.eights * 8 + l.pairs * 2 > 24) {  // one word is cheaper than four groups of eight
    ++l.words;
    l.eights = l.pairs = 0;
  }
  l.inputs = l.words * 32 + l.eights * 8 + l.pairs * 2;
  while ((2 * bits_of_filter(s) + 1) >> l.planes != 0) ++l.planes;
  l.limits = s.kernel_h * l.inputs;
  l.falling = l.limits + static_cast<int32_t>(Limit::kCount) * l.planes;
  l.block_words = decides ? l.falling + 1 : l.limits;
  return l;
}

static inline constexpr int32_t lane_blocks(const ConvShape& s) { return (s.out_c + 31) / 32; }

template <class Output>
static inline size_t lanes_prepared_bytes(const ConvShape& s) noexcept {
  const LaneLayout l = lane_layout(s, kGivesBits<Output>);
  return static_cast<size_t>(lane_blocks(s)) * static_cast<size_t>(l.block_words) * sizeof(uint32_t);
}

static inline size_t lanes_scratch_bytes(const ConvShape& s) noexcept { return tap_rows_bytes(s); }

// ---- weight layout ----

// The lowest count that makes the bit 0. `bits` is N.
static inline uint32_t first_too_many(int32_t bits, int32_t threshold, Limit kind) {
  const int64_t room = int64_t{bits} - threshold - (kind == Limit::kOdd ? 1 : 0);  // for 2 * differing + outside
  const int64_t most = room < 0 ? -1 : kind == Limit::kTwice ? room : room / 2;
  const int64_t largest_count = kind == Limit::kTwice ? 2 * int64_t{bits} : bits;
  return static_cast<uint32_t>((most > largest_count ? largest_count : most) + 1);
}

template <class Output>
static inline void prepare_lane(const ConvBitsArgs<Output>& a, const LaneLayout& l, int32_t o, uint32_t* block) {
  const ConvShape& s = a.shape;
  const int32_t lane = o % 32;
  for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h) {
    uint32_t* words = block + tap_h * l.inputs;
    for (int32_t i = 0; i < l.inputs; i += 2) {
      const uint32_t first = filter_bit(s, a.weights, o, tap_h, i), second = filter_bit(s, a.weights, o, tap_h, i + 1);
      words[i] |= first << lane;
      words[i + 1] |= (first ^ second) << lane;
    }
  }
  if (kGivesBits<Output>) {
    if (o >= s.out_c) return;  // limits of 0, so the output is 0
    for (int32_t kind = 0; kind < static_cast<int32_t>(Limit::kCount); ++kind) {
      const uint32_t limit = first_too_many(bits_of_filter(s), a.threshold[o], static_cast<Limit>(kind));
      uint32_t* planes = block + l.limits + kind * l.planes;
      for (int32_t p = 0; p < l.planes; ++p) planes[p] |= (limit >> p & 1u) << lane;
    }
    if (a.falling != nullptr) block[l.falling] |= uint32_t{a.falling[o]} << lane;
  }
}

template <class Output>
static inline void prepare_lanes(const ConvBitsArgs<Output>& a, void* prepared) noexcept {
  const LaneLayout l = lane_layout(a.shape, kGivesBits<Output>);
  memset(prepared, 0, lanes_prepared_bytes<Output>(a.shape));
  for (int32_t o = 0; o < lane_blocks(a.shape) * 32; ++o) {
    prepare_lane(a, l, o, static_cast<uint32_t*>(prepared) + static_cast<ptrdiff_t>(o / 32) * l.block_words);
  }
}

}  // namespace stapes
