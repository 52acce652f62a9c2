// SPDX-License-Identifier: Apache-2.0
#include "packed/operators/window.h"

namespace stapes {
namespace {

Finding check_max_pool(const fb::Layer& layer, OperatorContext& c) {
  const fb::MaxPool& op = *layer.op_as_MaxPool();
  if (c.in.dtype() != c.out.dtype() || !same_scale(c.in, c.out)) return corrupt("MaxPool keeps dtype and scale");
  if (c.in.channels() != c.out.channels()) return corrupt("MaxPool keeps its channels");
  if (const Finding f = check_window(op.window(), op.end_pads(), c)) return f;
  const fb::Window& w = *op.window();
  if (w.pool_h() != 1 || w.pool_w() != 1) return corrupt("a MaxPool that pools twice");
  const fb::EndPads end = end_pads_of(w, op.end_pads());
  const bool sees_input =
      w.pad_h() < w.kernel_h() && w.pad_w() < w.kernel_w() && end.h() < w.kernel_h() && end.w() < w.kernel_w();
  if (!sees_input) return corrupt("a window of MaxPool lies in the padding alone");
  const std::int64_t compared = bounded_product(w.kernel_h(), w.kernel_w(), element_count(c.out));
  if (compared > kMaxWork) return unsupported("more than 2^40 comparisons in one layer");
  c.out_limit = c.in_limit;
  return {};
}

Pooling max_pooling(const fb::Layer& layer) {
  const fb::Window& w = *layer.op_as_MaxPool()->window();
  return {.kind = "max",
          .kernel_h = w.kernel_h(),
          .kernel_w = w.kernel_w(),
          .stride_h = w.stride_h(),
          .stride_w = w.stride_w(),
          .pad_h = w.pad_h(),
          .pad_w = w.pad_w(),
          .end_pads = end_pads_of(w, layer.op_as_MaxPool()->end_pads())};
}

}  // namespace

extern constexpr OperatorDescription kMaxPool{
    .keeps_scale = true, .check = check_max_pool, .cost = pool_cost, .pooling = max_pooling};

}  // namespace stapes
