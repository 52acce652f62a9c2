// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "packed/operators/operator.h"

namespace stapes {
namespace {

using fb::DType;

constexpr std::int64_t kLargestInt32 = std::numeric_limits<std::int32_t>::max();

Finding check_shapes(const OperatorContext& c) {
  if (!same_shape(c.in, *c.other) || !same_shape(c.in, c.out))
    return corrupt("the inputs and the output of an addition differ in shape");
  return {};
}

// |multiplier| * limit, at most 2^40.
std::int64_t product(const flatbuffers::Vector<std::int32_t>& multiplier, std::int32_t channel, std::int64_t limit) {
  return bounded_product(std::abs(std::int64_t{multiplier.Get(static_cast<flatbuffers::uoffset_t>(channel))}), limit);
}

Finding check_add_f32(const fb::Layer& layer, OperatorContext& c) {
  const bool known = c.in.dtype() == DType::kF32 && c.other->dtype() == DType::kF32 && c.out.dtype() == DType::kF32;
  if (!known) return corrupt("AddF32 requires kF32 inputs and output");
  if (layer.op_as_AddF32()->relu6() && !layer.op_as_AddF32()->relu()) return corrupt("relu6 without relu");
  return check_shapes(c);
}

Finding check_add_i8(const fb::Layer& layer, OperatorContext& c) {
  const fb::AddI8& op = *layer.op_as_AddI8();
  const bool known = c.in.dtype() == DType::kI8 && c.other->dtype() == DType::kI8 && c.out.dtype() == DType::kI8;
  if (!known) return corrupt("AddI8 requires kI8 inputs and output");
  if (const Finding f = check_shapes(c)) return f;
  // |q - zero_point| * 2^20; also a bound after rescaling by a factor < 1.
  constexpr std::int64_t kLargest = std::int64_t{255} << 20;
  if (op.shift_a() > 0 || op.shift_b() > 0) return corrupt("multiplier or shift out of range");
  if (const Finding f = check_factor(op.multiplier_a(), op.shift_a(), kLargest)) return f;
  if (const Finding f = check_factor(op.multiplier_b(), op.shift_b(), kLargest)) return f;
  if (const Finding f = check_factor(op.multiplier(), op.shift(), 2 * kLargest)) return f;
  if (op.minimum() > op.maximum()) return corrupt("minimum above maximum");
  if (op.minimum() < -128 || op.maximum() > 127) return corrupt("minimum or maximum out of range");
  c.out_limit = i8_limit(c.out.zero_point());
  return {};
}

Finding check_add_i32(const fb::Layer& layer, OperatorContext& c) {
  const fb::AddI32& op = *layer.op_as_AddI32();
  const DType other = c.other->dtype();
  const bool known =
      c.in.dtype() == DType::kI16 && (other == DType::kI16 || other == DType::kI32) && c.out.dtype() == DType::kI32;
  if (!known) return corrupt("AddI32 requires kI16 as first input, kI16 or kI32 as second input, and kI32 output");
  if (const Finding f = check_shapes(c)) return f;
  if (!has_length(op.multiplier_a(), c.in.channels()) || !has_length(op.multiplier_b(), c.in.channels())) {
    return corrupt("expected one multiplier per channel and branch");
  }
  for (std::int32_t channel = 0; channel < c.in.channels(); ++channel) {
    const std::int64_t sum =
        product(*op.multiplier_a(), channel, c.in_limit) + product(*op.multiplier_b(), channel, c.other_limit);
    if (sum >= kLargestInt32) return corrupt("the sums of this layer overflow");
    c.out_limit = std::max(c.out_limit, sum);
  }
  return {};
}

// In paper_flops, an addition costs 0 and a ReLU 1 per value.
Cost relu_cost(bool relu, const fb::Tensor& out) { return {.paper_flops = relu ? element_count(out) : 0}; }

Cost add_f32_cost(const fb::Layer& layer, const fb::Tensor&, const fb::Tensor& out) {
  return relu_cost(layer.op_as_AddF32()->relu(), out);
}

Cost add_i8_cost(const fb::Layer& layer, const fb::Tensor&, const fb::Tensor& out) {
  return relu_cost(layer.op_as_AddI8()->minimum() >= out.zero_point(), out);
}

Cost add_i32_cost(const fb::Layer& layer, const fb::Tensor&, const fb::Tensor& out) {
  const fb::AddI32& op = *layer.op_as_AddI32();
  Cost cost = relu_cost(op.relu(), out);
  cost.constants.rescaling = vector_bytes(op.multiplier_a()) + vector_bytes(op.multiplier_b());
  return cost;
}

}  // namespace

extern constexpr OperatorDescription kAddF32{.input_count = 2, .check = check_add_f32, .cost = add_f32_cost};
extern constexpr OperatorDescription kAddI8{.input_count = 2, .check = check_add_i8, .cost = add_i8_cost};
extern constexpr OperatorDescription kAddI32{.input_count = 2, .check = check_add_i32, .cost = add_i32_cost};

}  // namespace stapes
