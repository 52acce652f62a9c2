// SPDX-License-Identifier: Apache-2.0
// window_text.h: the windows of convolutions and pools as `info` and `network` print them.
#pragma once

#include <fmt/format.h>

#include <string>

#include "packed/operators/operator.h"

namespace stapes::cli {

// " +1x1"; " +0x0..1x1" if the end padding differs; "" without padding.
inline std::string pad_text(int h, int w, const packed::fb::EndPads& end) {
  if (h + w + end.h() + end.w() == 0) return "";
  const std::string text = fmt::format(" +{}x{}", h, w);
  return end.h() == h && end.w() == w ? text : text + fmt::format("..{}x{}", end.h(), end.w());
}

// "3x3 /2x2 +1x1, 8 groups, max 2x2": kernel, stride, padding, groups, pool.
inline std::string window_text(const packed::fb::Window& w, const packed::fb::EndPads& end, int groups,
                               bool depthwise) {
  std::string text = fmt::format("{}x{}", w.kernel_h(), w.kernel_w());
  if (w.stride_h() * w.stride_w() != 1) text += fmt::format(" /{}x{}", w.stride_h(), w.stride_w());
  text += pad_text(w.pad_h(), w.pad_w(), end);
  if (groups > 1) text += depthwise ? ", depthwise" : fmt::format(", {} groups", groups);
  if (w.pool_h() * w.pool_w() != 1) text += fmt::format(", max {}x{}", w.pool_h(), w.pool_w());
  return text;
}

// "mean 2x2", "max 3x3 /2x2 +1x1": the stride only if it differs from the size.
inline std::string pooling_text(const Pooling& pool) {
  std::string text = fmt::format("{} {}x{}", pool.kind, pool.kernel_h, pool.kernel_w);
  const bool side_by_side = pool.stride_h == pool.kernel_h && pool.stride_w == pool.kernel_w;
  if (!side_by_side) text += fmt::format(" /{}x{}", pool.stride_h, pool.stride_w);
  return text + pad_text(pool.pad_h, pool.pad_w, pool.end_pads);
}

}  // namespace stapes::cli
