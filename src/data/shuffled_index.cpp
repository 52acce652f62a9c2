// SPDX-License-Identifier: Apache-2.0
#include "data/shuffled_index.h"

#include "base/philox.h"

namespace stapes {
namespace {

constexpr std::uint32_t kShuffleRounds = 8;  // 4 suffice for large counts; small counts have few bits per half

// Half the bits of the smallest power of 4 that is at least `count`; at least 1.
std::uint32_t half_bits_for(std::uint32_t count) {
  std::uint32_t bits = 1;
  while (bits < 16 && (std::uint64_t{1} << 2 * bits) < count) ++bits;
  return bits;
}

std::uint32_t permuted_once(std::uint32_t value, std::uint32_t half_bits, std::uint64_t seed, std::uint32_t epoch) {
  const std::uint32_t mask = (1u << half_bits) - 1;
  std::uint32_t left = value >> half_bits, right = value & mask;
  for (std::uint32_t round = 0; round < kShuffleRounds; ++round) {
    Philox mixed(seed, Philox::Purpose::kOrder, epoch, round << 16 | right);
    const std::uint32_t next = left ^ (mixed.next_u32() & mask);
    left = right;
    right = next;
  }
  return left << half_bits | right;
}

}  // namespace

std::uint32_t shuffled_index(std::uint32_t index, std::uint32_t count, std::uint64_t seed, std::uint32_t epoch) {
  const std::uint32_t half_bits = half_bits_for(count);
  do {
    index = permuted_once(index, half_bits, seed, epoch);
  } while (index >= count);
  return index;
}

}  // namespace stapes
