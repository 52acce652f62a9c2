// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "packed/operators/window.h"

namespace stapes {
namespace {

using fb::DType;

constexpr std::int64_t kLargestSum = std::numeric_limits<std::int32_t>::max();

// Windows may overlap and reach into the padding.
Finding check_windows(const fb::AveragePool& op, OperatorContext& c) {
  if (c.in.dtype() != DType::kF32 && c.in.dtype() != DType::kI8)
    return corrupt("an AveragePool with a window requires kF32 or kI8");
  if (op.pool_h() != 0 || op.pool_w() != 0 || op.shift() != 0)
    return corrupt("an AveragePool with a window must have neither pool nor shift");
  if (const Finding f = check_pool_window(op.window(), op.end_pads(), c)) return f;
  if (bounded_product(op.window()->kernel_h(), op.window()->kernel_w()) * 128 > kLargestSum) {
    return corrupt("the sums of this layer overflow");
  }
  c.out_limit = c.in_limit;
  return {};
}

Finding check_average_pool(const fb::Layer& layer, OperatorContext& c) {
  const fb::AveragePool& op = *layer.op_as_AveragePool();
  const DType from = c.in.dtype(), to = c.out.dtype();
  const bool known = (from == DType::kF32 && to == DType::kF32) || (from == DType::kI8 && to == DType::kI8) ||
                     ((from == DType::kI16 || from == DType::kI32) && to == DType::kI32);
  if (!known)
    return corrupt("AveragePool requires kF32 or kI8 input and output, or kI16 or kI32 input and kI32 output");
  if (from == DType::kI8 && !same_scale(c.in, c.out)) return corrupt("an int8 AveragePool must keep the scale");
  if (op.window() != nullptr) return check_windows(op, c);
  if (op.shift() < 0 || op.shift() > 30) return corrupt("shift out of range");
  if (op.shift() != 0 && from != DType::kI32) return corrupt("only an AveragePool with kI32 input may have a shift");
  if (const Finding f = check_side_by_side(op.pool_h(), op.pool_w(), c)) return f;
  const std::int64_t area = bounded_product(op.pool_h(), op.pool_w());
  c.out_limit = to == DType::kI32 ? bounded_product(area, c.in_limit) : c.in_limit;
  const std::int64_t rounding = (std::int64_t{1} << op.shift()) / 2;
  if (area * 128 > kLargestSum || c.out_limit + rounding > kLargestSum)
    return corrupt("the sums of this layer overflow");
  c.out_limit = (c.out_limit + rounding) >> op.shift();
  return {};
}

Pooling average_pooling(const fb::Layer& layer) {
  const fb::AveragePool& op = *layer.op_as_AveragePool();
  if (op.window() != nullptr) return window_pooling("mean", *op.window(), op.end_pads());
  return side_by_side_pooling("mean", op.pool_h(), op.pool_w());
}

}  // namespace

extern constexpr OperatorDescription kAveragePool{
    .keeps_scale = true, .check = check_average_pool, .cost = pool_cost, .pooling = average_pooling};

}  // namespace stapes
