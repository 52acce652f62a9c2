// SPDX-License-Identifier: Apache-2.0
// arena_planner.h: places buffers in one block of memory. Buffers alive at the same time do not overlap unless one may
// overwrite the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace stapes {

// How an output may overlap an input that no later step reads. The output begins at least `below` bytes below the
// input, at least `above` bytes above the input, or at the same offset. `below`, `above` >= 0.
struct Overlap {
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max() / 4;

  std::int64_t below = kNever, above = kNever;
  bool same_place = false;
};

// Alive during first_step .. last_step, both included.
struct PlannedBuffer {
  std::uint64_t bytes = 0;
  int first_step = 0, last_step = 0;
  std::uint64_t offset = 0;  // the result; a multiple of the alignment
  // Inputs that this buffer may overlap (indices; -1: none). Their last step is this buffer's first.
  std::array<int, 2> over{-1, -1};
  Overlap overlap{};
};

inline constexpr std::size_t kMaxPlannedBuffers = 256;

// The step with the most live bytes; their number is a lower bound for the block size.
struct Moment {
  std::uint64_t bytes = 0;
  int step = 0;
};
Moment largest_moment(std::span<const PlannedBuffer> buffers, std::uint64_t align) noexcept;

// The bytes alive at a step. An output and the input it overlaps count once, with their joint size.
std::uint64_t bytes_alive(std::span<const PlannedBuffer> buffers, int step, std::uint64_t align) noexcept;

// Sets every offset; returns the bytes of the block. At most kMaxPlannedBuffers buffers. (Optimal placement is
// NP-hard.)
//
// In a chain of steps, a block of the peak size suffices: outputs of even steps at the bottom, of odd steps at the top,
// scratch between them. Otherwise, buffers are placed as low as possible: largest first, then in further rounds with
// the highest buffer moved to the front.
std::uint64_t place_buffers(std::span<PlannedBuffer> buffers, std::uint64_t align) noexcept;

}  // namespace stapes
