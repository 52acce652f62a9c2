// SPDX-License-Identifier: Apache-2.0
// bits.h: signs packed into 32-bit words. Bit 1 = +1, bit 0 = -1, lowest bit first; unused bits are 0.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace stapes {

static inline constexpr int32_t words_of_bits(int32_t bits) { return (bits + 31) / 32; }

// Replaces std::popcount: some cross toolchains lack <bit>. Source: Warren, Hacker's Delight, figure 5-2.
static inline int32_t popcount32(uint32_t x) {
  x = x - ((x >> 1) & 0x55555555u);
  x = (x & 0x33333333u) + ((x >> 2) & 0x33333333u);
  x = (x + (x >> 4)) & 0x0F0F0F0Fu;
  return static_cast<int32_t>((x * 0x01010101u) >> 24);
}

// `count` (1 to 32) bits of a packed row, starting at bit `at`.
static inline uint32_t bits_at(const uint32_t* row, size_t at, int32_t count) {
  const uint32_t offset = at % 32;
  const uint32_t mask = count == 32 ? ~0u : (1u << count) - 1;
  uint32_t bits = row[at / 32] >> offset;
  if (static_cast<int32_t>(offset) + count > 32) bits |= row[at / 32 + 1] << (32 - offset);
  return bits & mask;
}

// Applies a threshold (model.fbs). `falling` may be null: all rising.
static inline uint32_t threshold_bit(int32_t sum, const int32_t* threshold, const uint8_t* falling, int32_t channel) {
  const uint32_t bit = sum >= threshold[channel] ? 1u : 0u;
  return falling == nullptr ? bit : bit ^ falling[channel];
}

}  // namespace stapes
