// SPDX-License-Identifier: Apache-2.0
// window_text.h: a convolution's window as `info` and `network` print it.
#pragma once

#include <fmt/format.h>

#include <string>

#include "packed/model_generated.h"

namespace stapes::cli {

// "3x3 /2x2 +1x1, 8 groups, max 2x2": kernel, stride, padding, groups, pool. Padding that differs at the end is
// "+0x0..1x1".
inline std::string window_text(const packed::fb::Window& w, const packed::fb::EndPads& end, int groups,
                               bool depthwise) {
  std::string text = fmt::format("{}x{}", w.kernel_h(), w.kernel_w());
  if (w.stride_h() * w.stride_w() != 1) text += fmt::format(" /{}x{}", w.stride_h(), w.stride_w());
  const bool even = end.h() == w.pad_h() && end.w() == w.pad_w();
  if (!even || w.pad_h() + w.pad_w() != 0) text += fmt::format(" +{}x{}", w.pad_h(), w.pad_w());
  if (!even) text += fmt::format("..{}x{}", end.h(), end.w());
  if (groups > 1) text += depthwise ? ", depthwise" : fmt::format(", {} groups", groups);
  if (w.pool_h() * w.pool_w() != 1) text += fmt::format(", max {}x{}", w.pool_h(), w.pool_w());
  return text;
}

}  // namespace stapes::cli
