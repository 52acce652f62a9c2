// SPDX-License-Identifier: Apache-2.0
// Operators without a window: swap, average pool, linear.
#include <cmath>
#include <limits>

#include "packed/check_model.h"
#include "packed/container.h"

namespace stapes {
namespace {

using fb::DType;

constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();

bool is_vector(const fb::Tensor& t) { return t.height() == 1 && t.width() == 1; }

// Shapes and lengths shared by the three linear layers.
template <class W, class B>
Finding check_matrix(const flatbuffers::Vector<W>* weights, const flatbuffers::Vector<B>* bias,
                     const OperatorContext& c) {
  if (!is_vector(c.in) || !is_vector(c.out)) return corrupt("a linear layer takes and gives 1 x 1 positions");
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

bool same_values(const fb::Tensor& a, const fb::Tensor& b) {
  return a.scale() == b.scale() && a.zero_point() == b.zero_point();
}

}  // namespace

bool all_finite(const flatbuffers::Vector<float>& values) {
  for (const float value : values) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

bool is_aligned(const void* data) { return reinterpret_cast<std::uintptr_t>(data) % kContainerAlign == 0; }

Finding check_swap(OperatorContext& c) {
  if (c.in.dtype() != c.out.dtype() || !same_values(c.in, c.out)) return corrupt("Swap keeps dtype and scale");
  const bool fits =
      c.in.height() == 1 && c.out.height() == c.in.channels() && c.out.width() == c.in.width() && c.out.channels() == 1;
  if (!fits) return corrupt("Swap turns 1 x W x C into C x W x 1");
  c.out_limit = c.in_limit;
  return {};
}

Finding check_average_pool(const fb::AveragePool& op, OperatorContext& c) {
  const DType from = c.in.dtype(), to = c.out.dtype();
  const bool known = (from == DType::kF32 && to == DType::kF32) || (from == DType::kI8 && to == DType::kI8) ||
                     ((from == DType::kI16 || from == DType::kI32) && to == DType::kI32);
  if (!known) return corrupt("AveragePool gives kF32 from kF32, kI8 from kI8, kI32 from kI16 or kI32");
  if (op.shift() < 0 || op.shift() > 30) return corrupt("shift out of range");
  if (op.shift() != 0 && from != DType::kI32) return corrupt("only an AveragePool of kI32 has a shift");
  if (op.pool_h() < 1 || op.pool_w() < 1 || op.pool_h() > c.in.height() || op.pool_w() > c.in.width()) {
    return corrupt("pool size out of range");
  }
  const bool fits = c.out.height() == c.in.height() / op.pool_h() && c.out.width() == c.in.width() / op.pool_w() &&
                    c.out.channels() == c.in.channels();
  if (!fits) return corrupt("output size does not follow from the pool");
  if (from == DType::kI8 && !same_values(c.in, c.out)) return corrupt("an int8 AveragePool keeps its scale");
  const std::int64_t area = bounded_product(op.pool_h(), op.pool_w());
  c.out_limit = to == DType::kI32 ? bounded_product(area, c.in_limit) : c.in_limit;
  const std::int64_t rounding = (std::int64_t{1} << op.shift()) / 2;
  if (area * 128 > kInt32Max || c.out_limit + rounding > kInt32Max) return corrupt("the sums of this layer overflow");
  c.out_limit = (c.out_limit + rounding) >> op.shift();
  return {};
}

Finding check_linear_f32(const fb::LinearF32& op, OperatorContext& c) {
  const bool known = c.in.dtype() == DType::kF32 || c.in.dtype() == DType::kI8;
  if (!known || c.out.dtype() != DType::kF32) return corrupt("LinearF32 gives kF32 from kF32 or kI8");
  if (const Finding f = check_matrix(op.weights(), op.bias(), c)) return f;
  if (!all_finite(*op.weights()) || !all_finite(*op.bias())) return corrupt("a weight or bias is not finite");
  return {};
}

Finding check_linear_i8(const fb::LinearI8& op, OperatorContext& c) {
  if (c.in.dtype() != DType::kI8 || c.out.dtype() != DType::kI32) return corrupt("LinearI8 takes kI8 and gives kI32");
  if (const Finding f = check_matrix(op.weights(), op.bias(), c)) return f;
  return check_sums(*op.weights(), *op.bias(), c);
}

Finding check_linear_i16(const fb::LinearI16& op, OperatorContext& c) {
  if (c.in.dtype() != DType::kI32 || c.out.dtype() != DType::kI32) return corrupt("LinearI16 takes and gives kI32");
  if (const Finding f = check_matrix(op.weights(), op.bias(), c)) return f;
  return check_sums(*op.weights(), *op.bias(), c);
}

}  // namespace stapes
