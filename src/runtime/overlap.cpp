// SPDX-License-Identifier: Apache-2.0
#include "runtime/overlap.h"

#include <algorithm>

#include "kernels/loops/schedule/over_input.h"
#include "runtime/layer_runner.h"
#include "runtime/row_bands.h"

namespace stapes {
namespace {

// Planning visits every row of a step; more rows would take too long.
constexpr std::int32_t kMaxRows = 1024;

bool is_read_after(const fb::Model& model, std::int32_t tensor, std::size_t layer) {
  for (std::size_t i = layer + 1; i < model.layers()->size(); ++i) {
    for (const std::int32_t input : *model.layers()->Get(static_cast<std::uint32_t>(i))->inputs()) {
      if (input == tensor) return true;
    }
  }
  return false;
}

// Whether the layer is a convolution of at most kMaxRows rows in which each output row depends on an input row.
bool makes_rows(const fb::Model& model, const fb::Layer& layer) {
  const fb::Window* window = layer_window(layer);
  return window != nullptr && window->pad_h() < window->kernel_h() && input_tensor(model, layer).height() <= kMaxRows &&
         output_tensor(model, layer).height() <= kMaxRows;
}

}  // namespace

bool can_overwrite(const ExecutionPlan& plan, std::size_t first, std::size_t last, std::uint32_t input) noexcept {
  const fb::Model& model = *plan.model;
  const fb::Layer& layer = plan.layer(first);
  const std::int32_t tensor = layer.inputs()->Get(input);
  if (!plan.overwrites || plan.front_end.has(first) || is_read_after(model, tensor, first)) return false;
  if (is_addition(layer)) {
    const fb::Tensor& under = input == 0 ? input_tensor(model, layer) : second_input_tensor(model, layer);
    return under.dtype() == output_tensor(model, layer).dtype();
  }
  if (last - first >= kMaxBandLayers) return false;
  for (std::size_t i = first; i <= last; ++i) {
    if (!makes_rows(model, plan.layer(i))) return false;
  }
  return true;
}

std::int32_t fewest_rows(const ExecutionPlan& plan, std::size_t first, std::size_t last) noexcept {
  if (first != last || is_addition(plan.layer(first))) return 1;
  constexpr std::int32_t kPositions = 16;
  const ConvShape s = layer_shape(*plan.model, plan.layer(first));
  const std::int32_t step = s.pool_h * s.stride_h, seen_twice = s.kernel_h - s.stride_h;
  const std::int32_t for_copies = s.groups > 1 && seen_twice > 0 ? (2 * seen_twice + step - 1) / step : 1;
  const std::int32_t for_positions = (kPositions + s.out_w - 1) / s.out_w;
  return std::clamp(std::max(for_copies, for_positions), 1, s.out_h);
}

Overlap overlap_of(const ExecutionPlan& plan, std::size_t first, std::size_t last, std::int32_t rows) noexcept {
  const fb::Layer& layer = plan.layer(first);
  if (is_addition(layer)) return {.same_place = true};
  if (first != last) return {.below = band_distance(*plan.model, first, last)};
  const ConvShape s = layer_shape(*plan.model, layer);
  const auto from = static_cast<std::int64_t>(row_bytes(input_tensor(*plan.model, layer)));
  const auto to = static_cast<std::int64_t>(row_bytes(output_tensor(*plan.model, layer)));
  // The first row seen never decreases from one call to the next.
  Overlap overlap{.below = 0, .above = 0};
  for_each_turn(s.out_h, rows, false, [&](Rows made) {
    overlap.below = std::max(overlap.below, made.end * to - rows_seen(s, made).first * from);
  });
  for_each_turn(s.out_h, rows, true, [&](Rows made) {
    overlap.above = std::max(overlap.above, rows_seen(s, made).end * from - made.first * to);
  });
  return overlap;
}

}  // namespace stapes
