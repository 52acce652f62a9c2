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

// How an output may overlap an input that no later step reads: the output begins at least `below` bytes below the
// input, at least `above` bytes above the input, or at the same offset. `below` and `above` are not negative.
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
  // Indices of the inputs that this buffer may overlap (-1: none), and how. Their last step is this buffer's first.
  std::array<int, 2> over{-1, -1};
  Overlap overlap{};
};

inline constexpr std::size_t kMaxPlannedBuffers = 256;

// The step with the most live bytes, and how many these are: a lower bound for the size of the block.
struct Moment {
  std::uint64_t bytes = 0;
  int step = 0;
};
Moment largest_moment(std::span<const PlannedBuffer> buffers, std::uint64_t align) noexcept;

// The bytes alive at a step. An output and the input it overlaps count as the bytes that the two take together.
std::uint64_t bytes_alive(std::span<const PlannedBuffer> buffers, int step, std::uint64_t align) noexcept;

// Sets every offset; returns the bytes of the whole block. At most kMaxPlannedBuffers buffers. (Optimal placement is
// NP-hard.)
//
// In a chain of steps, a block of the peak size suffices: outputs of even steps lie at its bottom, outputs of odd steps
// at its top, and scratch between them. If that fails (branches, outputs over inputs), buffers are placed one by one as
// low as possible: the largest first, then in further rounds with the highest buffer moved to the front.
std::uint64_t place_buffers(std::span<PlannedBuffer> buffers, std::uint64_t align) noexcept;

}  // namespace stapes
