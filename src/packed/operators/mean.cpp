// SPDX-License-Identifier: Apache-2.0
#include "packed/operators/operator.h"

namespace stapes {
namespace {

using fb::DType;

Finding check_mean(const fb::Layer& layer, OperatorContext& c) {
  const fb::Mean& op = *layer.op_as_Mean();
  if (c.in.dtype() != DType::kI8 || c.out.dtype() != DType::kI8) return corrupt("Mean takes and gives kI8");
  if (op.pool_h() < 1 || op.pool_w() < 1 || op.pool_h() > c.in.height() || op.pool_w() > c.in.width()) {
    return corrupt("pool size out of range");
  }
  const bool fits = c.out.height() == c.in.height() / op.pool_h() && c.out.width() == c.in.width() / op.pool_w() &&
                    c.out.channels() == c.in.channels();
  if (!fits) return corrupt("output size does not follow from the pool");
  if (op.multiplier() < 0 || op.shift() < -31 || op.shift() > 30) return corrupt("multiplier or shift out of range");
  const std::int64_t sum = bounded_product(op.pool_h(), op.pool_w(), c.in_limit);
  if (sum > kMaxRescaledSum >> (op.shift() > 0 ? op.shift() : 0)) return corrupt("the sums of this layer overflow");
  c.out_limit = i8_limit(c.out.zero_point());
  return {};
}

Pooling mean_pooling(const fb::Layer& layer) {
  const fb::Mean& op = *layer.op_as_Mean();
  return {.kind = "mean",
          .kernel_h = op.pool_h(),
          .kernel_w = op.pool_w(),
          .stride_h = op.pool_h(),
          .stride_w = op.pool_w()};
}

}  // namespace

extern constexpr OperatorDescription kMean{.check = check_mean, .cost = pool_cost, .pooling = mean_pooling};

}  // namespace stapes
