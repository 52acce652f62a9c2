// SPDX-License-Identifier: Apache-2.0
#include "packed/operators/window.h"

#include <algorithm>

namespace stapes {
namespace {

bool in_range(std::int32_t value, std::int32_t low) { return value >= low && value <= kMaxDim; }

}  // namespace

Finding check_window(const fb::Window* w, const fb::EndPads* end_pads, const OperatorContext& c) {
  if (w == nullptr) return corrupt("no window");
  if (!in_range(w->kernel_h(), 1) || !in_range(w->kernel_w(), 1)) return corrupt("kernel size out of range");
  if (!in_range(w->stride_h(), 1) || !in_range(w->stride_w(), 1)) return corrupt("stride out of range");
  if (!in_range(w->pool_h(), 1) || !in_range(w->pool_w(), 1)) return corrupt("pool size out of range");
  if (!in_range(w->pad_h(), 0) || !in_range(w->pad_w(), 0)) return corrupt("padding out of range");
  if (w->pad_h() > w->kernel_h() || w->pad_w() > w->kernel_w()) return corrupt("padding larger than the kernel");
  const fb::EndPads end = end_pads_of(*w, end_pads);
  if (!in_range(end.h(), 0) || !in_range(end.w(), 0)) return corrupt("end padding out of range");
  const bool seen =
      (end.h() < w->kernel_h() || end.h() == w->pad_h()) && (end.w() < w->kernel_w() || end.w() == w->pad_w());
  if (!seen) return corrupt("the end padding is neither smaller than the kernel nor equal to the start padding");
  const std::int32_t h = conv_output(c.in.height(), w->kernel_h(), w->stride_h(), w->pad_h(), end.h());
  const std::int32_t v = conv_output(c.in.width(), w->kernel_w(), w->stride_w(), w->pad_w(), end.w());
  if (h < 1 || v < 1) return corrupt("the kernel is larger than the padded input");
  if (bounded_product(h, v) > kMaxElements) return unsupported("more than 2^27 positions before the pool");
  // Also bounds the kernel, which fits into the padded input.
  const std::int64_t padded =
      bounded_product(c.in.height() + w->pad_h() + std::max(end.h(), w->pad_h()),
                      c.in.width() + w->pad_w() + std::max(end.w(), w->pad_w()), c.in.channels());
  if (padded > kMaxElements) return unsupported("a padded input of more than 2^27 elements");
  if (c.out.height() != h / w->pool_h() || c.out.width() != v / w->pool_w()) {
    return corrupt("output size does not match the window");
  }
  return {};
}

Finding check_pool_window(const fb::Window* window, const fb::EndPads* end_pads, const OperatorContext& c) {
  if (c.in.channels() != c.out.channels()) return corrupt("a pool must keep the number of channels");
  if (const Finding f = check_window(window, end_pads, c)) return f;
  const fb::Window& w = *window;
  if (w.pool_h() != 1 || w.pool_w() != 1) return corrupt("a pool with a second pool fused into it");
  const fb::EndPads end = end_pads_of(w, end_pads);
  const bool sees_input =
      w.pad_h() < w.kernel_h() && w.pad_w() < w.kernel_w() && end.h() < w.kernel_h() && end.w() < w.kernel_w();
  if (!sees_input) return corrupt("a pool window covers only padding");
  const std::int64_t work = bounded_product(w.kernel_h(), w.kernel_w(), element_count(c.out));
  if (work > kMaxWork) return unsupported("2^40 or more values to pool in one layer");
  return {};
}

Pooling window_pooling(const char* kind, const fb::Window& w, const fb::EndPads* end_pads) {
  return {.kind = kind,
          .kernel_h = w.kernel_h(),
          .kernel_w = w.kernel_w(),
          .stride_h = w.stride_h(),
          .stride_w = w.stride_w(),
          .pad_h = w.pad_h(),
          .pad_w = w.pad_w(),
          .end_pads = end_pads_of(w, end_pads)};
}

Finding check_side_by_side(std::int32_t pool_h, std::int32_t pool_w, const OperatorContext& c) {
  if (pool_h < 1 || pool_w < 1 || pool_h > c.in.height() || pool_w > c.in.width()) {
    return corrupt("pool size out of range");
  }
  const bool fits = c.out.height() == c.in.height() / pool_h && c.out.width() == c.in.width() / pool_w &&
                    c.out.channels() == c.in.channels();
  return fits ? Finding{} : corrupt("output size does not match the pool");
}

Pooling side_by_side_pooling(const char* kind, std::int32_t pool_h, std::int32_t pool_w) {
  return {.kind = kind, .kernel_h = pool_h, .kernel_w = pool_w, .stride_h = pool_h, .stride_w = pool_w};
}

std::int64_t window_positions(const fb::Window& w, const fb::EndPads* end_pads, const fb::Tensor& in) {
  const fb::EndPads end = end_pads_of(w, end_pads);
  return std::int64_t{conv_output(in.height(), w.kernel_h(), w.stride_h(), w.pad_h(), end.h())} *
         conv_output(in.width(), w.kernel_w(), w.stride_w(), w.pad_w(), end.w());
}

}  // namespace stapes
