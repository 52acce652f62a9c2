// SPDX-License-Identifier: Apache-2.0
#include "runtime/arena_planner.h"

#include <algorithm>
#include <cassert>

namespace stapes {
namespace {

constexpr std::int64_t kNone = -1;

using Indices = std::array<std::uint8_t, kMaxPlannedBuffers>;  // of buffers, in placement order

bool alive_together(const PlannedBuffer& a, const PlannedBuffer& b) {
  return a.first_step <= b.last_step && b.first_step <= a.last_step;
}

bool outlives_its_step(const PlannedBuffer& b) { return b.first_step != b.last_step; }

std::int64_t round_up(std::int64_t bytes, std::int64_t align) { return (bytes + align - 1) / align * align; }
std::int64_t round_down(std::int64_t bytes, std::int64_t align) { return bytes / align * align; }

// Whether an output may begin at `distance` from its input.
bool may_be_apart(const Overlap& overlap, std::int64_t distance) {
  return distance <= -overlap.below || distance >= overlap.above || (overlap.same_place && distance == 0);
}

class Placement {
 public:
  Placement(std::span<PlannedBuffer> buffers, std::uint64_t align)
      : buffers_(buffers), align_(static_cast<std::int64_t>(align)) {}

  // Whether outputs may overlap inputs; true by default.
  void set_overlapping(bool overlapping) { overlapping_ = overlapping; }

  // Places each buffer as low as possible, in the given order. Returns the bytes of the block.
  std::int64_t place_low(std::span<const std::uint8_t> order) {
    placed_ = 0;
    std::int64_t total = 0;
    for (const std::uint8_t i : order) {
      put(i, lowest_free(i));
      total = std::max(total, end_of(i));
    }
    return total;
  }

  // Buffers that outlive their step come first in `order`. If they begin at an odd step, they lie as high as possible
  // below `height`; all others lie low. False if `height` is too small.
  bool place_at_both_ends(std::span<const std::uint8_t> order, std::int64_t height) {
    placed_ = 0;
    for (const std::uint8_t i : order) {
      const bool high = outlives_its_step(buffers_[i]) && buffers_[i].first_step % 2 == 1;
      const std::int64_t offset = high ? highest_free(i, height) : lowest_free(i);
      if (offset == kNone || offset + size_of(i) > height) return false;
      put(i, offset);
    }
    return true;
  }

  std::int64_t end_of(std::uint8_t i) const { return static_cast<std::int64_t>(buffers_[i].offset) + size_of(i); }

 private:
  bool is_over(std::uint8_t output, std::uint8_t input) const {
    const std::array<int, 2>& over = buffers_[output].over;
    return overlapping_ && (over[0] == input || over[1] == input);
  }
  std::int64_t size_of(std::uint8_t i) const { return round_up(static_cast<std::int64_t>(buffers_[i].bytes), align_); }
  void put(std::uint8_t i, std::int64_t offset) {
    buffers_[i].offset = static_cast<std::uint64_t>(offset);
    order_[placed_++] = i;
  }

  // `other` is alive at the same time.
  bool are_apart(std::uint8_t i, std::int64_t offset, std::uint8_t other) const {
    const auto other_offset = static_cast<std::int64_t>(buffers_[other].offset);
    if (offset + size_of(i) <= other_offset || other_offset + size_of(other) <= offset) return true;
    if (is_over(i, other)) return may_be_apart(buffers_[i].overlap, offset - other_offset);
    return is_over(other, i) && may_be_apart(buffers_[other].overlap, other_offset - offset);
  }

  // Placed buffers alive at the same time as buffer `i`.
  std::span<const std::uint8_t> neighbors_of(std::uint8_t i, Indices& found) const {
    std::size_t count = 0;
    for (std::size_t p = 0; p < placed_; ++p) {
      if (alive_together(buffers_[i], buffers_[order_[p]])) found[count++] = order_[p];
    }
    return std::span(found).first(count);
  }

  bool is_free(std::uint8_t i, std::int64_t offset, std::span<const std::uint8_t> neighbors) const {
    return offset >= 0 && std::all_of(neighbors.begin(), neighbors.end(),
                                      [&](std::uint8_t other) { return are_apart(i, offset, other); });
  }

  // Calls use(offset) for every offset directly below or above a neighbor and, if one may overwrite the other, for the
  // overlapping offsets. Every free gap begins at 0 or at such an offset, and ends at such an offset or at the top.
  template <class Use>
  void for_each_place(std::uint8_t i, std::span<const std::uint8_t> neighbors, const Use& use) const {
    for (const std::uint8_t other : neighbors) {
      const auto offset = static_cast<std::int64_t>(buffers_[other].offset);
      use(offset + size_of(other));
      use(offset - size_of(i));
      if (is_over(i, other)) use_places_over(buffers_[i].overlap, offset, 1, use);
      if (is_over(other, i)) use_places_over(buffers_[other].overlap, offset, -1, use);
    }
  }
  // `sign` 1: the placed buffer at `offset` is the input; -1: the output.
  template <class Use>
  void use_places_over(const Overlap& overlap, std::int64_t offset, std::int64_t sign, const Use& use) const {
    if (overlap.same_place) use(offset);
    if (overlap.below < Overlap::kNever) use_aligned(offset - sign * overlap.below, sign < 0, use);
    if (overlap.above < Overlap::kNever) use_aligned(offset + sign * overlap.above, sign > 0, use);
  }
  template <class Use>
  void use_aligned(std::int64_t offset, bool up, const Use& use) const {
    if (offset >= 0) use(up ? round_up(offset, align_) : round_down(offset, align_));
  }

  std::int64_t lowest_free(std::uint8_t i) const {
    Indices found;
    const auto neighbors = neighbors_of(i, found);
    if (is_free(i, 0, neighbors)) return 0;
    std::int64_t best = kNone;
    for_each_place(i, neighbors, [&](std::int64_t offset) {
      if ((best == kNone || offset < best) && is_free(i, offset, neighbors)) best = offset;
    });
    return best;
  }

  std::int64_t highest_free(std::uint8_t i, std::int64_t height) const {
    Indices found;
    const auto neighbors = neighbors_of(i, found);
    const std::int64_t top = height - size_of(i);
    if (is_free(i, top, neighbors)) return top;
    std::int64_t best = kNone;
    for_each_place(i, neighbors, [&](std::int64_t offset) {
      if (offset <= top && offset > best && is_free(i, offset, neighbors)) best = offset;
    });
    return best;
  }

  std::span<PlannedBuffer> buffers_;
  std::int64_t align_;
  bool overlapping_ = true;
  Indices order_{};  // the first placed_ entries are used
  std::size_t placed_ = 0;
};

// Skips empty buffers.
std::span<std::uint8_t> all_of(std::span<const PlannedBuffer> buffers, Indices& indices) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    if (buffers[i].bytes > 0) indices[count++] = static_cast<std::uint8_t>(i);
  }
  return std::span(indices).first(count);
}

class BestPlacement {
 public:
  BestPlacement(std::span<PlannedBuffer> buffers, std::uint64_t align)
      : buffers_(buffers), placement_(buffers, align) {}

  void set_overlapping(bool overlapping) { placement_.set_overlapping(overlapping); }

  // Moves the highest buffer to the front after each round.
  void try_low(std::span<std::uint8_t> order, std::int64_t least) {
    constexpr int kRounds = 16;
    for (int round = 0; round < kRounds && bytes_ != least; ++round) {
      keep_if_best(placement_.place_low(order));
      const auto highest = std::max_element(order.begin(), order.end(), [&](std::uint8_t a, std::uint8_t b) {
        return placement_.end_of(a) < placement_.end_of(b);
      });
      if (highest == order.begin()) return;
      std::rotate(order.begin(), highest, highest + 1);
    }
  }
  // Tries heights from `least` to `most`; takes the first that suffices.
  void try_both_ends(std::span<const std::uint8_t> order, std::int64_t least, std::int64_t most, std::int64_t align) {
    constexpr int kHeights = 8;
    std::int64_t too_little = kNone;
    for (int i = 0; i <= kHeights; ++i) {
      const std::int64_t height = round_up(least + (most - least) * i / kHeights, align);
      if (bytes_ != kNone && height >= bytes_) return;
      if (height == too_little) continue;
      if (placement_.place_at_both_ends(order, height)) return keep_if_best(height);
      too_little = height;
    }
  }

  std::int64_t apply() const {
    for (std::size_t i = 0; i < buffers_.size(); ++i) buffers_[i].offset = buffers_[i].bytes > 0 ? offsets_[i] : 0;
    return bytes_;
  }

 private:
  void keep_if_best(std::int64_t total) {
    if (bytes_ != kNone && bytes_ <= total) return;
    bytes_ = total;
    for (std::size_t i = 0; i < buffers_.size(); ++i) offsets_[i] = buffers_[i].offset;
  }

  std::span<PlannedBuffer> buffers_;
  Placement placement_;
  std::array<std::uint64_t, kMaxPlannedBuffers> offsets_{};
  std::int64_t bytes_ = kNone;
};

// Minimum size of an output and its overlapped input together; `input` and `output` are rounded sizes.
std::int64_t extent(const Overlap& overlap, std::int64_t input, std::int64_t output, std::int64_t align) {
  std::int64_t least = input + output;
  if (overlap.same_place) least = std::min(least, std::max(input, output));
  if (overlap.below < Overlap::kNever)
    least = std::min(least, std::max(output, round_up(overlap.below, align) + input));
  if (overlap.above < Overlap::kNever) {
    least = std::min(least, std::max(input, round_up(overlap.above, align) + output));
  }
  return least;
}

// The most that an output can save by overlapping an input.
std::int64_t bytes_shared(std::span<const PlannedBuffer> buffers, const PlannedBuffer& output, std::int64_t align) {
  const auto size = [&](const PlannedBuffer& b) { return round_up(static_cast<std::int64_t>(b.bytes), align); };
  std::int64_t shared = 0;
  for (const int i : output.over) {
    if (i < 0) continue;
    const std::int64_t input = size(buffers[static_cast<std::size_t>(i)]);
    shared = std::max(shared, input + size(output) - extent(output.overlap, input, size(output), align));
  }
  return shared;
}

std::int64_t alive_at(std::span<const PlannedBuffer> buffers, int step, std::int64_t align, bool overlapping) {
  std::int64_t alive = 0;
  for (const PlannedBuffer& b : buffers) {
    if (b.first_step > step || step > b.last_step) continue;
    alive += round_up(static_cast<std::int64_t>(b.bytes), align);
    if (overlapping && b.first_step == step) alive -= bytes_shared(buffers, b, align);
  }
  return alive;
}

// The maximum is in a step in which some buffer begins.
Moment largest_moment(std::span<const PlannedBuffer> buffers, std::uint64_t align, bool overlapping) {
  Moment most;
  for (const PlannedBuffer& begin : buffers) {
    if (begin.bytes == 0) continue;
    const auto alive =
        static_cast<std::uint64_t>(alive_at(buffers, begin.first_step, static_cast<std::int64_t>(align), overlapping));
    if (alive > most.bytes) most = {alive, begin.first_step};
  }
  return most;
}

}  // namespace

std::uint64_t bytes_alive(std::span<const PlannedBuffer> buffers, int step, std::uint64_t align) noexcept {
  return static_cast<std::uint64_t>(alive_at(buffers, step, static_cast<std::int64_t>(align), true));
}

Moment largest_moment(std::span<const PlannedBuffer> buffers, std::uint64_t align) noexcept {
  return largest_moment(buffers, align, true);
}

std::uint64_t place_buffers(std::span<PlannedBuffer> buffers, std::uint64_t align) noexcept {
  assert(buffers.size() <= kMaxPlannedBuffers);
  Indices indices;
  const std::span<std::uint8_t> order = all_of(buffers, indices);
  if (order.empty()) return 0;
  const auto least = static_cast<std::int64_t>(largest_moment(buffers, align, true).bytes);
  const auto most = static_cast<std::int64_t>(largest_moment(buffers, align, false).bytes);
  const auto in_order_of = [&](const auto& goes_before) {
    std::sort(order.begin(), order.end(), [&](std::uint8_t a, std::uint8_t b) {
      if (goes_before(buffers[a], buffers[b])) return true;
      return !goes_before(buffers[b], buffers[a]) && a < b;
    });
  };
  BestPlacement best(buffers, align);
  in_order_of([](const PlannedBuffer& a, const PlannedBuffer& b) {
    return outlives_its_step(a) != outlives_its_step(b) ? outlives_its_step(a) : a.bytes > b.bytes;
  });
  best.set_overlapping(false);
  best.try_both_ends(order, most, most, static_cast<std::int64_t>(align));
  best.set_overlapping(true);
  best.try_both_ends(order, least, most, static_cast<std::int64_t>(align));
  in_order_of([](const PlannedBuffer& a, const PlannedBuffer& b) { return a.bytes > b.bytes; });
  best.try_low(order, least);
  in_order_of([](const PlannedBuffer& a, const PlannedBuffer& b) { return a.first_step < b.first_step; });
  best.try_low(order, least);
  return static_cast<std::uint64_t>(best.apply());
}

}  // namespace stapes
