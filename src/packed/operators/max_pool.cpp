// SPDX-License-Identifier: Apache-2.0
#include "packed/operators/window.h"

namespace stapes {
namespace {

Finding check_max_pool(const fb::Layer& layer, OperatorContext& c) {
  const fb::MaxPool& op = *layer.op_as_MaxPool();
  if (c.in.dtype() != c.out.dtype() || !same_scale(c.in, c.out)) return corrupt("MaxPool must keep dtype and scale");
  if (const Finding f = check_pool_window(op.window(), op.end_pads(), c)) return f;
  c.out_limit = c.in_limit;
  return {};
}

Pooling max_pooling(const fb::Layer& layer) {
  const fb::MaxPool& op = *layer.op_as_MaxPool();
  return window_pooling("max", *op.window(), op.end_pads());
}

}  // namespace

extern constexpr OperatorDescription kMaxPool{
    .keeps_scale = true, .check = check_max_pool, .cost = pool_cost, .pooling = max_pooling};

}  // namespace stapes
