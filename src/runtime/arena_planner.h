// SPDX-License-Identifier: Apache-2.0
// arena_planner.h: places buffers in one block of memory so that those alive at the same time do not overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace stapes {

// Alive during the steps first_step .. last_step, both included.
struct PlannedBuffer {
  std::uint64_t bytes = 0;
  int first_step = 0, last_step = 0;
  std::uint64_t offset = 0;  // the answer; a multiple of 64
};

inline constexpr std::size_t kMaxPlannedBuffers = 256;

// A step at which the most is alive, and how much: no plan can need less.
struct Moment {
  std::uint64_t bytes = 0;
  int step = 0;
};
Moment largest_moment(std::span<const PlannedBuffer> buffers) noexcept;

// Sets every offset; returns the bytes of the whole block. At most kMaxPlannedBuffers buffers.
//
// In a chain of steps, each step reads what the one before it made. So tensors made in even steps lie at the bottom and
// those made in odd steps at the top of a block of the size of the largest moment, and what only one step needs fits
// between them: no plan can be smaller. Where that does not fit (branches), the largest buffer goes first and each as
// low as it can: the problem is NP-hard.
std::uint64_t place_buffers(std::span<PlannedBuffer> buffers) noexcept;

}  // namespace stapes
