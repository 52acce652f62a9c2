// SPDX-License-Identifier: Apache-2.0
// arena_planner.h: places buffers in one block of memory so that those alive at the same time do not overlap, except
// where one may overwrite the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace stapes {

// How an output may overlap the input that its step reads for the last time: it begins at least `below` bytes below the
// input, at least `above` bytes above it, or at the same place. Neither is negative.
struct Overlap {
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max() / 4;

  std::int64_t below = kNever, above = kNever;
  bool same_place = false;
};

// Alive during the steps first_step .. last_step, both included.
struct PlannedBuffer {
  std::uint64_t bytes = 0;
  int first_step = 0, last_step = 0;
  std::uint64_t offset = 0;  // the result; a multiple of the alignment
  // The buffers that this one may overlap, at most two, and how; -1: none. They end with the step in which this one
  // begins.
  std::array<int, 2> over{-1, -1};
  Overlap overlap{};
};

inline constexpr std::size_t kMaxPlannedBuffers = 256;

// The step with the most live bytes, and their number: a lower bound for every plan.
struct Moment {
  std::uint64_t bytes = 0;
  int step = 0;
};
Moment largest_moment(std::span<const PlannedBuffer> buffers, std::uint64_t align) noexcept;

// The bytes alive at a step. An output that overlaps its input counts as the bytes that the two take together.
std::uint64_t bytes_alive(std::span<const PlannedBuffer> buffers, int step, std::uint64_t align) noexcept;

// Sets every offset; returns the bytes of the whole block. At most kMaxPlannedBuffers buffers.
//
// In a chain of steps, each step reads the output of the previous one. So tensors made in even steps lie at the bottom
// and those made in odd steps at the top of a block of the peak size, and memory that only one step needs fits between
// them: no plan can be smaller. If that fails (branches, outputs over inputs), buffers are placed one by one,
// each as low as possible: the largest first, then again with the highest one moved to the front. The problem is
// NP-hard.
std::uint64_t place_buffers(std::span<PlannedBuffer> buffers, std::uint64_t align) noexcept;

}  // namespace stapes
