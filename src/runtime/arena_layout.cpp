// SPDX-License-Identifier: Apache-2.0
#include "runtime/arena_layout.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <utility>

#include "kernels/loops/schedule/conv_rows.h"
#include "runtime/arena_planner.h"
#include "runtime/layer_runner.h"
#include "runtime/row_bands.h"

namespace stapes {
namespace {

static_assert(kMaxTensors + kMaxLayers <= static_cast<int>(kMaxPlannedBuffers));

constexpr std::uint64_t kMostOffset = std::numeric_limits<std::uint32_t>::max();

std::uint64_t round_up(std::uint64_t bytes) { return (bytes + 63) / 64 * 64; }

std::size_t layer_count(const ExecutionPlan& plan) { return plan.model->layers()->size(); }
const fb::Layer& layer_at(const ExecutionPlan& plan, std::size_t i) {
  return *plan.model->layers()->Get(static_cast<std::uint32_t>(i));
}

// What is kept of a layer's output.
std::size_t output_bytes(const ExecutionPlan& plan, std::size_t layer) {
  const fb::Tensor& output = output_tensor(*plan.model, layer_at(plan, layer));
  if (plan.front_end.has(layer + 1)) {
    return static_cast<std::size_t>(plan.front_end.positions[layer]) * position_bytes(output);
  }
  if (!plan.in_rows[layer]) return tensor_bytes(output);
  const ConvShape reader = layer_shape(*plan.model, layer_at(plan, layer + 1));
  return static_cast<std::size_t>(window_rows(reader)) * row_bytes(output);
}

std::size_t input_bytes(const ExecutionPlan& plan) {
  const fb::Tensor& input = *plan.model->tensors()->Get(0);
  return plan.front_end.used() ? static_cast<std::size_t>(plan.front_end.wave_positions) * position_bytes(input)
                               : tensor_bytes(input);
}

// The tensors, then the scratch of each step under the index of its first layer.
class Buffers {
 public:
  explicit Buffers(const ExecutionPlan& plan) : tensors_(plan.model->tensors()->size()), layers_(layer_count(plan)) {
    buffers_[0].bytes = input_bytes(plan);
    std::size_t last = 0;
    for (std::size_t first = 0; first < layers_; first = last + 1) {
      last = last_of_step(plan, first);
      for (std::size_t i = first; i <= last; ++i) add_layer(plan, i, first);
      ++step_;
    }
  }

  std::span<PlannedBuffer> all() { return std::span(buffers_).first(tensors_ + layers_); }
  PlannedBuffer& tensor(std::int32_t index) { return buffers_[static_cast<std::size_t>(index)]; }
  PlannedBuffer& scratch(std::size_t first_of_step) { return buffers_[tensors_ + first_of_step]; }

 private:
  void add_layer(const ExecutionPlan& plan, std::size_t i, std::size_t first_of_step) {
    const fb::Layer& layer = layer_at(plan, i);
    for (const std::int32_t input : *layer.inputs()) tensor(input).last_step = step_;  // steps only grow
    tensor(layer.output()) = {.bytes = output_bytes(plan, i), .first_step = step_, .last_step = step_};
    const std::size_t wanted = conv_scratch_bytes(*plan.model, layer, shape_run(plan, i), plan.variant[i]);
    PlannedBuffer& shared = scratch(first_of_step);
    shared = {.bytes = std::max<std::uint64_t>(shared.bytes, wanted), .first_step = step_, .last_step = step_};
  }

  std::size_t tensors_, layers_;
  int step_ = 0;
  std::array<PlannedBuffer, kMaxTensors + kMaxLayers> buffers_{};
};

void pick_variants(const Cpu& cpu, ExecutionPlan& plan) {
  for (std::size_t i = 0; i < layer_count(plan); ++i) {
    const int variant = pick_conv(*plan.model, layer_at(plan, i), shape_run(plan, i), cpu);
    plan.variant[i] = static_cast<std::uint8_t>(variant);
  }
}

Moment largest_moment_of(const Cpu& cpu, ExecutionPlan& plan) {
  pick_variants(cpu, plan);
  return largest_moment(Buffers(plan).all());
}

// How many layers the band of layer `i` has if its output is held in rows, too.
std::size_t band_layers_with(const ExecutionPlan& plan, std::size_t i) {
  std::size_t first = i, last = i + 1;
  while (first > 0 && plan.in_rows[first - 1]) --first;
  while (plan.in_rows[last]) ++last;
  return last - first + 1;
}

// The layers whose output could be held in rows, is not, and is alive at `step`.
std::array<bool, kMaxLayers> candidates_at(int step, const ExecutionPlan& plan) {
  std::array<bool, kMaxLayers> found{};
  Buffers buffers(plan);
  for (std::size_t i = 0; i < layer_count(plan); ++i) {
    const PlannedBuffer& output = buffers.tensor(layer_at(plan, i).output());
    found[i] = !plan.front_end.has(i) && !plan.in_rows[i] && can_hold_rows(*plan.model, i) &&
               output.first_step <= step && step <= output.last_step && band_layers_with(plan, i) <= kMostBandLayers;
  }
  return found;
}

// All buffers, the kept ones behind the others; returns the bytes of the whole.
std::uint64_t place_behind(Buffers& buffers, std::span<const std::int32_t> kept) {
  std::array<std::uint64_t, kMaxTensors> kept_bytes{};
  for (std::size_t i = 0; i < kept.size(); ++i) kept_bytes[i] = std::exchange(buffers.tensor(kept[i]).bytes, 0);
  std::uint64_t total = place_buffers(buffers.all());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    buffers.tensor(kept[i]).offset = total;
    total += round_up(kept_bytes[i]);
  }
  return total;
}

Status place_prepared(ExecutionPlan& plan) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < layer_count(plan); ++i) {
    plan.prepared_offset[i] = static_cast<std::uint32_t>(total);
    total += round_up(conv_prepared_bytes(*plan.model, layer_at(plan, i), shape_run(plan, i), plan.variant[i]));
    if (total > kMostOffset) return Status::kUnsupported;
  }
  plan.prepared_bytes = static_cast<std::size_t>(total);
  return Status::kOk;
}

}  // namespace

std::size_t last_of_step(const ExecutionPlan& plan, std::size_t first) noexcept {
  if (plan.front_end.has(first)) return plan.front_end.last();
  std::size_t last = first;
  while (plan.in_rows[last]) ++last;
  return last;
}

ConvShape shape_run(const ExecutionPlan& plan, std::size_t layer) noexcept {
  if (plan.front_end.has(layer)) return front_end_shape(*plan.model, plan.front_end, layer);
  ConvShape shape = layer_shape(*plan.model, layer_at(plan, layer));
  const bool input_in_rows = layer > 0 && plan.in_rows[layer - 1];
  if (!input_in_rows && !plan.in_rows[layer]) return shape;
  // With its whole input a layer makes at most what the next one sees, else one row a call (row_bands.cpp).
  shape.out_h = input_in_rows ? 1 : window_rows(layer_shape(*plan.model, layer_at(plan, layer + 1)));
  shape.in_h = std::min(shape.in_h, (shape.out_h * shape.pool_h - 1) * shape.stride_h + shape.kernel_h);
  return shape;
}

void choose_bands(const Cpu& cpu, ExecutionPlan& plan) noexcept {
  plan.in_rows = {};
  Moment largest = largest_moment_of(cpu, plan);
  while (true) {
    const auto candidates = candidates_at(largest.step, plan);
    std::size_t best = kMaxLayers;
    for (std::size_t i = 0; i < layer_count(plan); ++i) {
      if (!candidates[i]) continue;
      plan.in_rows[i] = true;
      const Moment moment = largest_moment_of(cpu, plan);
      plan.in_rows[i] = false;
      if (moment.bytes >= largest.bytes) continue;
      largest = moment;
      best = i;
    }
    if (best == kMaxLayers) return;
    plan.in_rows[best] = true;
    pick_variants(cpu, plan);
  }
}

Status place_arena(ExecutionPlan& plan, std::span<const std::int32_t> kept) noexcept {
  Buffers buffers(plan);
  const std::uint64_t total = place_behind(buffers, kept);
  if (total > kMostOffset) return Status::kUnsupported;  // and with it every offset is below
  plan.arena_bytes = static_cast<std::size_t>(total);
  for (std::uint32_t t = 0; t < plan.model->tensors()->size(); ++t) {
    plan.tensor_offset[t] = static_cast<std::uint32_t>(buffers.tensor(static_cast<std::int32_t>(t)).offset);
  }
  std::size_t last = 0;
  for (std::size_t first = 0; first < layer_count(plan); first = last + 1) {
    last = last_of_step(plan, first);
    const auto offset = static_cast<std::uint32_t>(buffers.scratch(first).offset);
    std::fill(plan.scratch_offset.begin() + first, plan.scratch_offset.begin() + last + 1, offset);
  }
  return Status::kOk;
}

Status lay_out(const Cpu& cpu, ExecutionPlan& plan) noexcept {
  pick_variants(cpu, plan);
  const Status placed = place_arena(plan);
  return placed == Status::kOk ? place_prepared(plan) : placed;
}

}  // namespace stapes
