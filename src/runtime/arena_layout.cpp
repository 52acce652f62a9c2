// SPDX-License-Identifier: Apache-2.0
#include "runtime/arena_layout.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "kernels/loops/schedule/conv_rows.h"
#include "runtime/arena_planner.h"
#include "runtime/layer_runner.h"
#include "runtime/overlap.h"
#include "runtime/row_bands.h"

namespace stapes {
namespace {

static_assert(kMaxTensors + kMaxLayers <= static_cast<int>(kMaxPlannedBuffers));

constexpr std::uint64_t kPreparedAlign = 64;
constexpr std::uint64_t kMaxOffset = std::numeric_limits<std::uint32_t>::max();

std::uint64_t round_up(std::uint64_t bytes, std::uint64_t align) { return (bytes + align - 1) / align * align; }

std::size_t layer_count(const ExecutionPlan& plan) { return plan.model->layers()->size(); }

// Bytes of the part of an output that exists at one time.
std::size_t output_bytes(const ExecutionPlan& plan, std::size_t layer) {
  const fb::Tensor& output = output_tensor(*plan.model, plan.layer(layer));
  if (plan.front_end.has(layer + 1)) {
    return static_cast<std::size_t>(plan.front_end.positions[layer]) * position_bytes(output);
  }
  if (!plan.in_rows[layer]) return tensor_bytes(output);
  const ConvShape reader = layer_shape(*plan.model, plan.layer(layer + 1));
  return static_cast<std::size_t>(window_rows(reader)) * row_bytes(output);
}

std::size_t input_bytes(const ExecutionPlan& plan) {
  const fb::Tensor& input = *plan.model->tensors()->Get(0);
  return plan.front_end.used() ? static_cast<std::size_t>(plan.front_end.wave_positions) * position_bytes(input)
                               : tensor_bytes(input);
}

// The buffers of all tensors, then the scratch buffers: one per step, at the index of its first layer.
class Buffers {
 public:
  explicit Buffers(const ExecutionPlan& plan) : tensors_(plan.model->tensors()->size()), layers_(layer_count(plan)) {
    buffers_[0].bytes = input_bytes(plan);
    std::size_t last = 0;
    for (std::size_t first = 0; first < layers_; first = last + 1) {
      last = last_of_step(plan, first);
      for (std::size_t i = first; i <= last; ++i) add_layer(plan, i, first);
      if (plan.rows_over_input[last] > 0) lay_over_input(plan, first, last);
      ++step_;
    }
  }

  std::span<PlannedBuffer> all() { return std::span(buffers_).first(tensors_ + layers_); }
  PlannedBuffer& tensor(std::int32_t index) { return buffers_[static_cast<std::size_t>(index)]; }
  PlannedBuffer& scratch(std::size_t first_of_step) { return buffers_[tensors_ + first_of_step]; }

 private:
  void add_layer(const ExecutionPlan& plan, std::size_t i, std::size_t first_of_step) {
    const fb::Layer& layer = plan.layer(i);
    for (const std::int32_t input : *layer.inputs()) tensor(input).last_step = step_;  // the last one so far
    tensor(layer.output()) = {.bytes = output_bytes(plan, i), .first_step = step_, .last_step = step_};
    const std::size_t wanted = conv_scratch_bytes(*plan.model, layer, shape_run(plan, i), plan.variant[i]);
    PlannedBuffer& shared = scratch(first_of_step);
    shared = {.bytes = std::max<std::uint64_t>(shared.bytes, wanted), .first_step = step_, .last_step = step_};
  }

  void lay_over_input(const ExecutionPlan& plan, std::size_t first, std::size_t last) {
    const fb::Layer& layer = plan.layer(first);
    PlannedBuffer& output = tensor(plan.layer(last).output());
    output.overlap = overlap_of(plan, first, last, plan.rows_over_input[last]);
    for (std::uint32_t i = 0; i < layer.inputs()->size(); ++i) {
      if (can_overwrite(plan, first, last, i)) output.over[i] = layer.inputs()->Get(i);
    }
  }

  std::size_t tensors_, layers_;
  int step_ = 0;
  std::array<PlannedBuffer, kMaxTensors + kMaxLayers> buffers_{};
};

void pick_variant(const Cpu& cpu, ExecutionPlan& plan, std::size_t i) {
  const int variant = pick_conv(*plan.model, plan.layer(i), shape_run(plan, i), cpu);
  plan.variant[i] = static_cast<std::uint8_t>(variant);
}
void pick_variants(const Cpu& cpu, ExecutionPlan& plan) {
  for (std::size_t i = 0; i < layer_count(plan); ++i) pick_variant(cpu, plan, i);
}

// Lets every step overwrite its input if possible, with fewest_rows() per call.
void overwrite_inputs(ExecutionPlan& plan) {
  plan.rows_over_input = {};
  for (std::size_t first = 0, last = 0; first < layer_count(plan); first = last + 1) {
    last = last_of_step(plan, first);
    const std::uint32_t inputs = plan.layer(first).inputs()->size();
    for (std::uint32_t i = 0; i < inputs; ++i) {
      if (can_overwrite(plan, first, last, i)) {
        plan.rows_over_input[last] = static_cast<std::uint16_t>(fewest_rows(plan, first, last));
      }
    }
  }
}

Moment largest_moment_of(const Cpu& cpu, ExecutionPlan& plan) {
  overwrite_inputs(plan);
  pick_variants(cpu, plan);
  return largest_moment(Buffers(plan).all(), plan.align);
}

// The size of layer `i`'s band if its output is also held in rows.
std::size_t band_layers_with(const ExecutionPlan& plan, std::size_t i) {
  std::size_t first = i, last = i + 1;
  while (first > 0 && plan.in_rows[first - 1]) --first;
  while (plan.in_rows[last]) ++last;
  return last - first + 1;
}

// Layers whose outputs are alive at `step` and could be held in rows but are not.
std::array<bool, kMaxLayers> candidates_at(int step, const ExecutionPlan& plan) {
  std::array<bool, kMaxLayers> found{};
  Buffers buffers(plan);
  for (std::size_t i = 0; i < layer_count(plan); ++i) {
    const PlannedBuffer& output = buffers.tensor(plan.layer(i).output());
    found[i] = !plan.front_end.has(i) && !plan.in_rows[i] && can_hold_rows(*plan.model, i) &&
               output.first_step <= step && step <= output.last_step && band_layers_with(plan, i) <= kMaxBandLayers;
  }
  return found;
}

// Places the kept buffers after all others; returns the total bytes.
std::uint64_t place_behind(Buffers& buffers, std::span<const std::int32_t> kept, std::uint64_t align) {
  std::array<std::uint64_t, kMaxTensors> kept_bytes{};
  for (std::size_t i = 0; i < kept.size(); ++i) kept_bytes[i] = std::exchange(buffers.tensor(kept[i]).bytes, 0);
  std::uint64_t total = place_buffers(buffers.all(), align);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    buffers.tensor(kept[i]).offset = total;
    total += round_up(kept_bytes[i], align);
  }
  return total;
}

std::uint64_t bytes_at_step_of(const ExecutionPlan& plan, std::size_t layer) {
  Buffers buffers(plan);
  const int step = buffers.tensor(plan.layer(layer).output()).first_step;
  return bytes_alive(buffers.all(), step, plan.align);
}

// Sets the rows per call of layer `i` if its step then fits in `most` bytes; otherwise returns false and changes
// nothing. The step must consist of this layer alone.
bool make_rows_if_they_fit(const Cpu& cpu, std::uint64_t most, std::size_t i, std::int32_t rows, ExecutionPlan& plan) {
  const auto rows_before = std::exchange(plan.rows_over_input[i], static_cast<std::uint16_t>(rows));
  const std::uint8_t variant_before = plan.variant[i];
  pick_variant(cpu, plan, i);
  if (bytes_at_step_of(plan, i) <= most) return true;
  plan.rows_over_input[i] = rows_before;
  plan.variant[i] = variant_before;
  return false;
}

// Sets the largest number of rows per call that fits, by bisection: more rows never need less memory.
void make_most_rows(const Cpu& cpu, std::uint64_t most, std::size_t i, ExecutionPlan& plan) {
  if (make_rows_if_they_fit(cpu, most, i, 0, plan)) return;
  std::int32_t too_many = output_tensor(*plan.model, plan.layer(i)).height();
  while (too_many - plan.rows_over_input[i] > 1) {
    const std::int32_t rows = std::midpoint(std::int32_t{plan.rows_over_input[i]}, too_many);
    if (!make_rows_if_they_fit(cpu, most, i, rows, plan)) too_many = rows;
  }
}

// Holds more tensors in rows while this lowers the peak; returns the peak.
Moment add_bands(const Cpu& cpu, ExecutionPlan& plan) {
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
    if (best == kMaxLayers) return largest;
    plan.in_rows[best] = true;
    largest = largest_moment_of(cpu, plan);
  }
}

std::uint64_t placed_bytes(const ExecutionPlan& plan) {
  Buffers buffers(plan);
  return place_buffers(buffers.all(), plan.align);
}

// Starts with the smallest arena: every step overwrites its input if it can. Then, since each call costs instructions,
// lets each convolution make as many rows per call as this arena allows.
void choose_rows_over_inputs(const Cpu& cpu, ExecutionPlan& plan) {
  overwrite_inputs(plan);
  pick_variants(cpu, plan);
  if (!plan.overwrites) return;
  const std::uint64_t total = placed_bytes(plan);
  for (std::size_t i = 0; i < layer_count(plan); ++i) {
    const bool alone = !plan.in_rows[i] && (i == 0 || !plan.in_rows[i - 1]);
    if (plan.rows_over_input[i] == 0 || !alone || is_addition(plan.layer(i))) continue;
    const auto rows_before = plan.rows_over_input[i];
    const auto variant_before = plan.variant[i];
    make_most_rows(cpu, total, i, plan);
    if (placed_bytes(plan) <= total) continue;
    plan.rows_over_input[i] = rows_before;
    plan.variant[i] = variant_before;
  }
}

Status place_prepared(ExecutionPlan& plan) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < layer_count(plan); ++i) {
    plan.prepared_offset[i] = static_cast<std::uint32_t>(total);
    total +=
        round_up(conv_prepared_bytes(*plan.model, plan.layer(i), shape_run(plan, i), plan.variant[i]), kPreparedAlign);
    if (total > kMaxOffset) return Status::kUnsupported;
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
  ConvShape shape = layer_shape(*plan.model, plan.layer(layer));
  const bool input_in_rows = layer > 0 && plan.in_rows[layer - 1];
  const std::int32_t rows = plan.rows_over_input[layer];
  if (!input_in_rows && !plan.in_rows[layer] && (rows == 0 || shape.out_h == 0)) return shape;
  // A layer with its whole input makes at most the rows that the next layer sees. A layer with its input in rows makes
  // one row per call (row_bands.cpp).
  shape.out_h = input_in_rows         ? 1
                : plan.in_rows[layer] ? window_rows(layer_shape(*plan.model, plan.layer(layer + 1)))
                                      : rows;
  shape.in_h = std::min(shape.in_h, (shape.out_h * shape.pool_h - 1) * shape.stride_h + shape.kernel_h);
  return shape;
}

void choose_bands(const Cpu& cpu, ExecutionPlan& plan) noexcept {
  plan.in_rows = {};
  ExecutionPlan apart_first = plan;
  const Moment largest = add_bands(cpu, plan);
  if (!plan.overwrites) return;
  // Some bands pay off only in pairs, so also start from the bands found without overwriting.
  apart_first.overwrites = false;
  add_bands(cpu, apart_first);
  apart_first.overwrites = true;
  if (add_bands(cpu, apart_first).bytes < largest.bytes) plan.in_rows = apart_first.in_rows;
}

Status place_arena(ExecutionPlan& plan, std::span<const std::int32_t> kept) noexcept {
  Buffers buffers(plan);
  const std::uint64_t total = place_behind(buffers, kept, plan.align);
  if (total > kMaxOffset) return Status::kUnsupported;  // also bounds every offset
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
  choose_rows_over_inputs(cpu, plan);
  const Status placed = place_arena(plan);
  return placed == Status::kOk ? place_prepared(plan) : placed;
}

}  // namespace stapes
