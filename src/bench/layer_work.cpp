// SPDX-License-Identifier: Apache-2.0
#include "bench/layer_work.h"

#include "packed/cost.h"
#include "packed/operators/operator.h"
#include "runtime/front_end.h"
#include "runtime/layer_runner.h"

namespace stapes {
namespace {

std::int64_t taps_of_axis(std::int32_t positions, std::int32_t stride, std::int32_t pad, std::int32_t kernel,
                          std::int32_t in) {
  std::int64_t taps = 0;
  for (std::int32_t i = 0; i < positions; ++i) {
    const TapRange inside = taps_inside(i * stride - pad, kernel, in);
    taps += inside.last - inside.first;
  }
  return taps;
}

// Multiply-adds of all taps inside the input.
std::int64_t conv_macs(const ConvShape& s) {
  const std::int64_t rows = taps_of_axis(s.out_h * s.pool_h, s.stride_h, s.pad_h, s.kernel_h, s.in_h);
  const std::int64_t columns = taps_of_axis(s.out_w * s.pool_w, s.stride_w, s.pad_w, s.kernel_w, s.in_w);
  return rows * columns * group_channels(s) * s.out_c;
}

std::int64_t needed_macs(const fb::Model& model, const fb::Layer& layer) {
  return layer_window(layer) == nullptr ? layer_cost(model, layer).macs : conv_macs(layer_shape(model, layer));
}

Unit unit_of(const fb::Model& model, const fb::Layer& layer) {
  switch (describe(layer).weight_bits) {
    case 1:
      return Unit::kBits;
    case 8:
      return input_tensor(model, layer).dtype() == fb::DType::kI8 ? Unit::kI8 : Unit::kI16;
    case 16:
      return Unit::kI16;
    default:
      return Unit::kF32;
  }
}

}  // namespace

std::vector<LayerWork> layer_work(const fb::Model& model, const PreparedModel& prepared) {
  const FrontEnd front_end = plan_front_end(model);
  std::vector<LayerWork> works;
  for (std::uint32_t i = 0; i < model.layers()->size(); ++i) {
    const fb::Layer& layer = *model.layers()->Get(i);
    const bool from_column = i > 0 && front_end.has(i), to_column = front_end.has(i + 1);
    std::int64_t bytes = layer_cost(model, layer).constants.total();
    if (!from_column) bytes += static_cast<std::int64_t>(tensor_bytes(input_tensor(model, layer)));
    if (is_addition(layer)) bytes += static_cast<std::int64_t>(tensor_bytes(second_input_tensor(model, layer)));
    if (!to_column) bytes += static_cast<std::int64_t>(tensor_bytes(output_tensor(model, layer)));
    works.push_back({.name = layer.name()->str(),
                     .op = fb::EnumNameOperator(layer.op_type()),
                     .isa = prepared.layer_isa(static_cast<int>(i)),
                     .unit = unit_of(model, layer),
                     .macs = needed_macs(model, layer),
                     .bytes = bytes});
  }
  return works;
}

std::int64_t working_set_bytes(const fb::Model& model, const PreparedModel& prepared) {
  const auto window = static_cast<std::int64_t>(tensor_bytes(*model.tensors()->Get(0)));
  return model_cost(model).constants.total() + window + static_cast<std::int64_t>(prepared.arena_bytes());
}

}  // namespace stapes
