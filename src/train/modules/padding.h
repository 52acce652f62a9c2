// SPDX-License-Identifier: Apache-2.0
// padding.h: padding of [N][C][H][W] that may differ between start and end.
#pragma once

#include <torch/torch.h>

#include <limits>

namespace stapes {

struct Padding {
  int top = 0, bottom = 0, left = 0, right = 0;

  bool none() const { return top + bottom + left + right == 0; }
  bool even() const { return top == bottom && left == right; }
};

inline torch::Tensor pad(const torch::Tensor& x, const Padding& p, double value = 0) {
  return p.none() ? x : torch::constant_pad_nd(x, {p.left, p.right, p.top, p.bottom}, value);
}

// torch::conv2d without dilation, for any padding.
inline torch::Tensor padded_conv(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                                 torch::IntArrayRef stride, const Padding& p, int groups) {
  const std::int64_t inner[] = {p.even() ? p.top : 0, p.even() ? p.left : 0};
  return torch::conv2d(p.even() ? x : pad(x, p), weight, bias, stride, torch::IntArrayRef(inner), 1, groups);
}

// Pads with -infinity, so that padding is never the maximum.
inline torch::Tensor padded_max_pool(const torch::Tensor& x, torch::IntArrayRef size, torch::IntArrayRef stride,
                                     const Padding& p) {
  return torch::max_pool2d(pad(x, p, -std::numeric_limits<double>::infinity()), size, stride);
}

}  // namespace stapes
