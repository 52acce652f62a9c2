// SPDX-License-Identifier: Apache-2.0
// row_conv.h: convolution along one row, for the first two layers: long rows, few channels.
#pragma once

#include <torch/torch.h>

namespace stapes {

// torch::conv2d(x, weight, {}, {1, stride}) of x [N][C][1][W] and weight [O][C][1][K], up to rounding, gradients
// included. Our own kernel (row_products.h) handles float32 on a CPU with C and O at most 64 and K at least `stride`:
// Micro-ACDNet's first two layers take a third of the time, forward plus backward. Otherwise conv2d.
torch::Tensor row_conv(const torch::Tensor& x, const torch::Tensor& weight, std::int64_t stride);

}  // namespace stapes
