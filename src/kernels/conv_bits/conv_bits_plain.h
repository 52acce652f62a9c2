// SPDX-License-Identifier: Apache-2.0
// conv_bits_plain.h: binary convolution in standard C++ for cores without a popcount; see conv_bits_lanes.h.
#pragma once

#include "kernels/conv_bits/conv_bits.h"
#include "kernels/conv_bits/conv_bits_lanes.h"

namespace stapes {

// a + b + c in every lane: the lower digit replaces `a`, the carry is returned.
STAPES_ALWAYS_INLINE uint32_t add3(uint32_t& a, uint32_t b, uint32_t c) {
  const uint32_t u = a ^ b;
  const uint32_t carry = (a & b) | (u & c);
  a = u ^ c;
  return carry;
}

// All ones if bit `i` of x is 1, otherwise 0.
STAPES_ALWAYS_INLINE uint32_t mask_of(uint32_t x, int i) {
  return static_cast<uint32_t>(static_cast<int32_t>(x << (31 - i)) >> 31);
}

// Counts in 32 lanes, one plane per digit. Digits from 8 upwards change rarely and stay in memory.
struct Digits {
  uint32_t ones, twos, fours;
};
constexpr int32_t kMaxPlanes = 32;

// Propagates a carry from *digit upwards.
STAPES_ALWAYS_INLINE void carry_into(uint32_t* digit, uint32_t carry) {
  while (carry != 0) {
    const uint32_t next = *digit & carry;
    *digit++ ^= carry;
    carry = next;
  }
}

// Adds the differences in input bits i and i + 1 to `ones`; returns the carry. x01 = x ^ (x >> 1).
STAPES_ALWAYS_INLINE uint32_t add_pair(uint32_t& ones, const uint32_t* w, uint32_t x, uint32_t x01, int i) {
  const uint32_t first = w[0] ^ mask_of(x, i);
  const uint32_t low = w[1] ^ mask_of(x01, i);
  const uint32_t carry = (first & ~low) | (ones & low);
  ones ^= low;
  return carry;
}

// Adds the differences in input bits i .. i + 7; returns the carry into the eights.
STAPES_ALWAYS_INLINE uint32_t add_eight(Digits& n, const uint32_t* w, uint32_t x, uint32_t x01, int i) {
  const uint32_t twos_a = add_pair(n.ones, w, x, x01, i);
  const uint32_t twos_b = add_pair(n.ones, w + 2, x, x01, i + 2);
  const uint32_t fours_a = add3(n.twos, twos_a, twos_b);
  const uint32_t twos_c = add_pair(n.ones, w + 4, x, x01, i + 4);
  const uint32_t twos_d = add_pair(n.ones, w + 6, x, x01, i + 6);
  const uint32_t fours_b = add3(n.twos, twos_c, twos_d);
  return add3(n.fours, fours_a, fours_b);
}

STAPES_ALWAYS_INLINE void add_word(Digits& n, uint32_t* upper, const uint32_t* w, uint32_t x) {
  const uint32_t x01 = x ^ (x >> 1);
  const uint32_t eights_a = add_eight(n, w, x, x01, 0);
  const uint32_t eights_b = add_eight(n, w + 8, x, x01, 8);
  const uint32_t sixteens_a = add3(upper[0], eights_a, eights_b);
  const uint32_t eights_c = add_eight(n, w + 16, x, x01, 16);
  const uint32_t eights_d = add_eight(n, w + 24, x, x01, 24);
  const uint32_t sixteens_b = add3(upper[0], eights_c, eights_d);
  carry_into(upper + 2, add3(upper[1], sixteens_a, sixteens_b));
}

STAPES_ALWAYS_INLINE void add_two(Digits& n, uint32_t* upper, const uint32_t* w, uint32_t x) {
  uint32_t carry = add_pair(n.ones, w, x, x ^ (x >> 1), 0);
  const uint32_t fours = n.twos & carry;
  n.twos ^= carry;
  carry = n.fours & fours;
  n.fours ^= fours;
  carry_into(upper, carry);
}

// Adds one row of taps. Not inlined, to keep the digits in registers.
static __attribute__((noinline)) void add_row(uint32_t* planes, const LaneLayout& l, const uint32_t* w,
                                              const uint32_t* x) {
  Digits n{planes[0], planes[1], planes[2]};
  uint32_t* const upper = planes + 3;
  for (const uint32_t* const end = x + l.words; x != end; w += 32) add_word(n, upper, w, *x++);
  if (l.eights + l.pairs != 0) {
    uint32_t rest = *x;
    for (int32_t i = 0; i < l.eights; ++i, w += 8, rest >>= 8) {
      carry_into(upper, add_eight(n, w, rest, rest ^ (rest >> 1), 0));
    }
    for (int32_t i = 0; i < l.pairs; ++i, w += 2, rest >>= 2) add_two(n, upper, w, rest);
  }
  planes[0] = n.ones;
  planes[1] = n.twos;
  planes[2] = n.fours;
}

// Counts the differing bits of one position for a block of filters, starting from `start`.
STAPES_ALWAYS_INLINE void count_differing(const TapRows& x, const LaneLayout& l, const uint32_t* block, int32_t start,
                                          uint32_t* planes) {
  for (int32_t p = 0; p < l.planes; ++p) planes[p] = mask_of(static_cast<uint32_t>(start) >> p, 0);
  const uint32_t* row = x.first;
  const uint32_t* w = block + x.rows.first * l.inputs;
  for (int32_t tap_h = x.rows.first; tap_h < x.rows.last; ++tap_h, row += x.row_stride, w += l.inputs) {
    add_row(planes, l, w, row);
    if (x.columns_outside) add_row(planes, l, w, row + (x.second - x.first));
  }
}

// The lanes with a count below their limit.
STAPES_ALWAYS_INLINE uint32_t below(const uint32_t* counts, const uint32_t* limits, int32_t planes) {
  uint32_t less = 0;
  for (int32_t p = 0; p < planes; ++p) {
    const uint32_t limit = limits[p], differs = counts[p] ^ limit;
    less = (limit & differs) | (less & ~differs);
  }
  return less;
}

struct Counting {
  Limit limit;
  int32_t start;
};
STAPES_ALWAYS_INLINE Counting counting_of(const TapRows& x) {
  if (x.columns_outside) return {Limit::kTwice, x.bits_outside};
  return {x.bits_outside % 2 == 0 ? Limit::kEven : Limit::kOdd, x.bits_outside / 2};
}

// A bit is 1 if the count of any position of the pool is below its limit.
STAPES_ALWAYS_INLINE void apply_thresholds(const ConvShape& s, const LaneLayout& l, const ConvBitsArgs<uint32_t>& a,
                                           int32_t y, int32_t x, uint32_t* output) {
  const uint32_t* const blocks = static_cast<const uint32_t*>(a.memory.prepared);
  const int32_t count_of_blocks = lane_blocks(s);
  for (int32_t b = 0; b < count_of_blocks; ++b) output[b] = 0;
  for_pool(s, a.input, y, x, a.memory.scratch, [&](const TapRows& rows) {
    const Counting counting = counting_of(rows);
    const uint32_t* block = blocks;
    for (int32_t b = 0; b < count_of_blocks; ++b, block += l.block_words) {
      uint32_t planes[kMaxPlanes];
      count_differing(rows, l, block, counting.start, planes);
      output[b] |= below(planes, block + l.limits + static_cast<int32_t>(counting.limit) * l.planes, l.planes);
    }
  });
  for (int32_t b = 0; b < count_of_blocks; ++b) output[b] ^= blocks[b * l.block_words + l.falling];
}

static inline int32_t lane_of(const uint32_t* planes, int32_t count, int32_t lane) {
  int32_t value = 0;
  for (int32_t p = 0; p < count; ++p) value |= static_cast<int32_t>(planes[p] >> lane & 1u) << p;
  return value;
}

STAPES_ALWAYS_INLINE void run_lanes(const ConvShape& s, const LaneLayout& l, const ConvBitsArgs<uint32_t>& a) {
  uint32_t* output = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x, output += lane_blocks(s)) apply_thresholds(s, l, a, y, x, output);
  }
}

// For exports: the shape is constant except for the rows of a call.
template <const ConvShape& kShape>
static inline void conv_bits_plain_fixed(const ConvBitsArgs<uint32_t>& a) {
  static constexpr LaneLayout kLayout = lane_layout(kShape, true);
  run_lanes(with_rows_of(kShape, a.shape), kLayout, a);
}

}  // namespace stapes
