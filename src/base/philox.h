// SPDX-License-Identifier: Apache-2.0
// philox.h: counter-based random numbers, Philox4x32-10 (Salmon et al., SC 2011, doi:10.1145/2063384.2063405). A stream
// depends only on its key: sample i of epoch e gets the same numbers on any thread and after a resume.
#pragma once

#include <array>
#include <cstdint>

namespace stapes {

class Philox {
 public:
  // Separates streams with equal (seed, epoch, sample). Never renumber: the value is part of every stream.
  enum class Purpose : std::uint32_t { kAugment = 2, kTest = 4, kData = 5, kBootstrap = 6, kOrder = 7 };

  Philox(std::uint64_t seed, Purpose purpose, std::uint32_t epoch = 0, std::uint32_t sample = 0);

  std::uint32_t next_u32();
  double uniform();                          // [0, 1), 32 bits
  double uniform(double low, double high);   // [low, high)
  double normal();                           // mean 0, variance 1 (Box-Muller)
  std::uint32_t below(std::uint32_t bound);  // [0, bound), unbiased; bound > 0

 private:
  void refill();

  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

}  // namespace stapes
