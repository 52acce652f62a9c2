// SPDX-License-Identifier: Apache-2.0
#include "base/philox.h"

#include <cmath>
#include <numbers>

namespace stapes {

// Counter word 0 counts blocks; the others identify the stream.
Philox::Philox(std::uint64_t seed, Purpose purpose, std::uint32_t epoch, std::uint32_t sample)
    : counter_{0, sample, epoch, static_cast<std::uint32_t>(purpose)},
      key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)} {}

void Philox::refill() {
  std::array<std::uint32_t, 4> x = counter_;
  std::array<std::uint32_t, 2> k = key_;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * x[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * x[2];
    x = {static_cast<std::uint32_t>(b >> 32) ^ x[1] ^ k[0], static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ x[3] ^ k[1], static_cast<std::uint32_t>(a)};
    k[0] += 0x9E3779B9u;
    k[1] += 0xBB67AE85u;
  }
  block_ = x;
  used_ = 0;
  ++counter_[0];
}

std::uint32_t Philox::next_u32() {
  if (used_ == 4) refill();
  return block_[static_cast<std::size_t>(used_++)];
}

double Philox::uniform() { return next_u32() * 0x1p-32; }

double Philox::uniform(double low, double high) { return low + (high - low) * uniform(); }

double Philox::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));  // 1 - u is never 0
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::uint32_t Philox::below(std::uint32_t bound) {
  const std::uint32_t unbiased = 0xFFFFFFFFu - 0xFFFFFFFFu % bound;  // a multiple of bound
  std::uint32_t value = next_u32();
  while (value >= unbiased) value = next_u32();
  return value % bound;
}

}  // namespace stapes
