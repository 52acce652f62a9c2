// SPDX-License-Identifier: Apache-2.0
#include "packed/operators/window.h"

namespace stapes {
namespace {

using fb::DType;

Finding check_mean(const fb::Layer& layer, OperatorContext& c) {
  const fb::Mean& op = *layer.op_as_Mean();
  if (c.in.dtype() != DType::kI8 || c.out.dtype() != DType::kI8) return corrupt("Mean requires kI8 input and output");
  if (const Finding f = check_side_by_side(op.pool_h(), op.pool_w(), c)) return f;
  if (op.multiplier() < 0 || op.shift() < -31 || op.shift() > 30) return corrupt("multiplier or shift out of range");
  const std::int64_t sum = bounded_product(op.pool_h(), op.pool_w(), c.in_limit);
  if (sum > kMaxRescaledSum >> (op.shift() > 0 ? op.shift() : 0)) return corrupt("the sums of this layer overflow");
  c.out_limit = i8_limit(c.out.zero_point());
  return {};
}

Pooling mean_pooling(const fb::Layer& layer) {
  const fb::Mean& op = *layer.op_as_Mean();
  return side_by_side_pooling("mean", op.pool_h(), op.pool_w());
}

}  // namespace

extern constexpr OperatorDescription kMean{.check = check_mean, .cost = pool_cost, .pooling = mean_pooling};

}  // namespace stapes
