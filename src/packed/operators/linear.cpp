// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "packed/operators/operator.h"

namespace stapes {
namespace {

using fb::DType;

constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();

bool is_vector(const fb::Tensor& t) { return t.height() == 1 && t.width() == 1; }

template <class W, class B>
Finding check_matrix(const flatbuffers::Vector<W>* weights, const flatbuffers::Vector<B>* bias,
                     const OperatorContext& c) {
  if (!is_vector(c.in) || !is_vector(c.out)) return corrupt("the input and output of a linear layer must be 1 x 1 x C");
  if (!has_length(weights, bounded_product(c.in.channels(), c.out.channels()))) {
    return corrupt("wrong number of weights");
  }
  if (!is_aligned(weights->data())) return corrupt("weights not aligned to 64 bytes");
  if (!has_length(bias, c.out.channels())) return corrupt("wrong number of biases");
  return {};
}

template <class W>
Finding check_sums(const flatbuffers::Vector<W>& weights, const flatbuffers::Vector<std::int32_t>& bias,
                   OperatorContext& c) {
  for (std::int32_t row = 0; row < c.out.channels(); ++row) {
    const std::int64_t sum = largest_sum(weights, &bias, c.out.channels(), c.in_limit, row);
    if (sum > kInt32Max) return corrupt("the sums of this layer overflow");
    c.out_limit = sum > c.out_limit ? sum : c.out_limit;
  }
  return {};
}

template <class Op>
Finding check_rescaled(const Op& op, OperatorContext& c) {
  const Finding found = check_rescaling(op, c, [&](std::int32_t row) {
    return largest_sum(*op.weights(), op.bias(), c.out.channels(), c.in_limit, row);
  });
  if (found) return found;
  c.out_limit = i8_limit(c.out.zero_point());
  return {};
}

Finding check_linear_f32(const fb::Layer& layer, OperatorContext& c) {
  const fb::LinearF32& op = *layer.op_as_LinearF32();
  const bool known = c.in.dtype() == DType::kF32 || c.in.dtype() == DType::kI8;
  if (!known || c.out.dtype() != DType::kF32) return corrupt("LinearF32 requires kF32 or kI8 input and kF32 output");
  if (const Finding f = check_matrix(op.weights(), op.bias(), c)) return f;
  if (!all_finite(*op.weights()) || !all_finite(*op.bias())) return corrupt("a weight or bias is not finite");
  return {};
}

Finding check_linear_i8(const fb::Layer& layer, OperatorContext& c) {
  const fb::LinearI8& op = *layer.op_as_LinearI8();
  const bool rescales = op.multiplier() != nullptr || op.shift() != nullptr;
  if (c.in.dtype() != DType::kI8 || c.out.dtype() != (rescales ? DType::kI8 : DType::kI32)) {
    return corrupt("LinearI8 requires kI8 input and kI32 output, or kI8 output with multipliers");
  }
  if (const Finding f = check_matrix(op.weights(), op.bias(), c)) return f;
  return rescales ? check_rescaled(op, c) : check_sums(*op.weights(), *op.bias(), c);
}

Finding check_linear_i8_once(const fb::Layer& layer, OperatorContext& c) {
  const fb::LinearI8Once& op = *layer.op_as_LinearI8Once();
  if (c.in.dtype() != DType::kI8 || c.out.dtype() != DType::kI8)
    return corrupt("LinearI8Once requires kI8 input and output");
  if (const Finding f = check_matrix(op.weights(), op.bias(), c)) return f;
  return check_rescaled(op, c);
}

Finding check_linear_i16(const fb::Layer& layer, OperatorContext& c) {
  const fb::LinearI16& op = *layer.op_as_LinearI16();
  if (c.in.dtype() != DType::kI32 || c.out.dtype() != DType::kI32)
    return corrupt("LinearI16 requires kI32 input and output");
  if (const Finding f = check_matrix(op.weights(), op.bias(), c)) return f;
  return check_sums(*op.weights(), *op.bias(), c);
}

template <class Op>
Cost matrix_cost(const Op& op, const OperatorDescription& description, const fb::Tensor& in, const fb::Tensor& out) {
  Cost cost{.macs = std::int64_t{in.channels()} * out.channels(),
            .constants = {.weights = vector_bytes(op.weights()), .biases = vector_bytes(op.bias())}};
  cost.paper_flops = cost.macs + out.channels();
  cost.add_parameters(description.weight_bits, cost.macs + out.channels());
  return cost;
}

Cost linear_f32_cost(const fb::Layer& layer, const fb::Tensor& in, const fb::Tensor& out) {
  return matrix_cost(*layer.op_as_LinearF32(), describe(layer), in, out);
}

template <class Op>
Cost rescaled_cost(const Op& op, const fb::Layer& layer, const fb::Tensor& in, const fb::Tensor& out) {
  Cost cost = matrix_cost(op, describe(layer), in, out);
  cost.constants.rescaling = vector_bytes(op.multiplier()) + vector_bytes(op.shift());
  return cost;
}

Cost linear_i8_cost(const fb::Layer& layer, const fb::Tensor& in, const fb::Tensor& out) {
  return rescaled_cost(*layer.op_as_LinearI8(), layer, in, out);
}

Cost linear_i8_once_cost(const fb::Layer& layer, const fb::Tensor& in, const fb::Tensor& out) {
  return rescaled_cost(*layer.op_as_LinearI8Once(), layer, in, out);
}

Cost linear_i16_cost(const fb::Layer& layer, const fb::Tensor& in, const fb::Tensor& out) {
  return matrix_cost(*layer.op_as_LinearI16(), describe(layer), in, out);
}

}  // namespace

extern constexpr OperatorDescription kLinearF32{.weight_bits = 32, .check = check_linear_f32, .cost = linear_f32_cost};
extern constexpr OperatorDescription kLinearI8{.weight_bits = 8, .check = check_linear_i8, .cost = linear_i8_cost};
extern constexpr OperatorDescription kLinearI8Once{
    .weight_bits = 8, .check = check_linear_i8_once, .cost = linear_i8_once_cost};
extern constexpr OperatorDescription kLinearI16{.weight_bits = 16, .check = check_linear_i16, .cost = linear_i16_cost};

}  // namespace stapes
