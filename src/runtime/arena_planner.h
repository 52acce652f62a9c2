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

// Sets every offset; returns the bytes of the whole block. At most kMaxPlannedBuffers buffers.
//
// In a chain of layers, tensors in order, every other tensor lies at the bottom and the rest at the top of a block of
// the size of the largest moment: no plan can be smaller. Where that does not fit (branches), the largest buffer goes
// first and each as low as it can: the problem is NP-hard.
std::uint64_t place_buffers(std::span<PlannedBuffer> buffers) noexcept;

}  // namespace stapes
