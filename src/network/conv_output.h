// SPDX-License-Identifier: Apache-2.0
// conv_output.h: sizes of what a convolution gives.
#pragma once

#include "base/error.h"
#include "network/network.h"

namespace stapes {

// Sets the output of `conv` from its input, kernel, stride and padding; false: the input is too small and nothing is
// left of it. Throws Error for a number of filters that is not possible.
inline bool set_output(ConvGeometry& conv, int filters) {
  const auto size = [&](int in, int kernel, int stride) { return (in + 2 * conv.pad - kernel) / stride + 1; };
  conv.out_channels = filters;
  conv.out_h = size(conv.in_h, conv.kernel_h, conv.stride_h);
  conv.out_w = size(conv.in_w, conv.kernel_w, conv.stride_w);
  if (filters < 1 || filters > kMaxWidth) {
    throw Error("{} has {} filters; 1 to {} are possible", conv.name, filters, kMaxWidth);
  }
  const bool fits = conv.in_h + 2 * conv.pad >= conv.kernel_h && conv.in_w + 2 * conv.pad >= conv.kernel_w;
  return fits && conv.out_h >= conv.pool_h && conv.out_w >= conv.pool_w;
}

}  // namespace stapes
