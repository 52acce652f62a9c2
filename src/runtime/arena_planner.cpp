// SPDX-License-Identifier: Apache-2.0
#include "runtime/arena_planner.h"

#include <algorithm>
#include <cassert>

namespace stapes {
namespace {

constexpr std::uint64_t kAlign = 64;
constexpr std::uint64_t kNone = ~std::uint64_t{0};

std::uint64_t rounded(std::uint64_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

bool alive_together(const PlannedBuffer& a, const PlannedBuffer& b) {
  return a.first_step <= b.last_step && b.first_step <= a.last_step;
}

bool outlives_its_step(const PlannedBuffer& b) { return b.first_step != b.last_step; }

bool goes_before(const PlannedBuffer& a, const PlannedBuffer& b, bool both_ends) {
  if (both_ends && outlives_its_step(a) != outlives_its_step(b)) return outlives_its_step(a);
  return a.bytes > b.bytes;
}

using Placed = std::span<const PlannedBuffer* const>;

bool is_free(const PlannedBuffer& buffer, std::uint64_t offset, Placed placed) {
  for (const PlannedBuffer* other : placed) {
    const bool apart =
        offset + rounded(buffer.bytes) <= other->offset || other->offset + rounded(other->bytes) <= offset;
    if (!apart && alive_together(buffer, *other)) return false;
  }
  return true;
}

// Free gaps begin at 0 or where a placed buffer ends.
std::uint64_t lowest_free(const PlannedBuffer& buffer, Placed placed) {
  if (is_free(buffer, 0, placed)) return 0;
  std::uint64_t best = kNone;
  for (const PlannedBuffer* other : placed) {
    const std::uint64_t offset = other->offset + rounded(other->bytes);
    if (offset < best && is_free(buffer, offset, placed)) best = offset;
  }
  return best;
}

// Free gaps end at `height` or where a placed buffer begins. kNone when there is none.
std::uint64_t highest_free(const PlannedBuffer& buffer, Placed placed, std::uint64_t height) {
  const std::uint64_t size = rounded(buffer.bytes);
  if (is_free(buffer, height - size, placed)) return height - size;
  std::uint64_t best = kNone;
  for (const PlannedBuffer* other : placed) {
    const bool candidate = other->offset >= size && (best == kNone || other->offset - size > best);
    if (candidate && is_free(buffer, other->offset - size, placed)) best = other->offset - size;
  }
  return best;
}

// Largest first, each as low as possible. With `both_ends`, those that outlive their step come first, and of these the
// ones that begin at an odd step lie as high as possible below `height`.
// Returns the bytes of the whole block, kNone when `height` is too little.
std::uint64_t place(std::span<PlannedBuffer> buffers, bool both_ends, std::uint64_t height) {
  const PlannedBuffer* placed[kMaxPlannedBuffers];
  bool done[kMaxPlannedBuffers] = {};
  std::uint64_t total = 0;
  for (std::size_t count = 0; count < buffers.size(); ++count) {
    std::size_t next = buffers.size();
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      if (!done[i] && (next == buffers.size() || goes_before(buffers[i], buffers[next], both_ends))) next = i;
    }
    PlannedBuffer& buffer = buffers[next];
    const Placed before(placed, count);
    const bool high = both_ends && outlives_its_step(buffer) && buffer.first_step % 2 == 1;
    buffer.offset = high ? highest_free(buffer, before, height) : lowest_free(buffer, before);
    if (buffer.offset == kNone || buffer.offset + rounded(buffer.bytes) > height) return kNone;
    total = std::max(total, buffer.offset + rounded(buffer.bytes));
    done[next] = true;
    placed[count] = &buffer;
  }
  return total;
}

}  // namespace

// The most is reached where some buffer begins.
Moment largest_moment(std::span<const PlannedBuffer> buffers) noexcept {
  Moment most;
  for (const PlannedBuffer& begin : buffers) {
    std::uint64_t alive = 0;
    for (const PlannedBuffer& b : buffers) {
      if (b.first_step <= begin.first_step && begin.first_step <= b.last_step) alive += rounded(b.bytes);
    }
    if (alive > most.bytes) most = {alive, begin.first_step};
  }
  return most;
}

std::uint64_t place_buffers(std::span<PlannedBuffer> buffers) noexcept {
  assert(buffers.size() <= kMaxPlannedBuffers);
  const std::uint64_t total = place(buffers, true, largest_moment(buffers).bytes);
  return total != kNone ? total : place(buffers, false, kNone);
}

}  // namespace stapes
