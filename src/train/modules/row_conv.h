// SPDX-License-Identifier: Apache-2.0
// row_conv.h: convolution along one row, for long rows with few channels.
#pragma once

#include <torch/torch.h>

namespace stapes {

// torch::conv2d(x, weight, {}, {1, stride}) of x [N][C][1][W] and weight [O][C][1][K], with gradients, up to rounding.
// Uses row_products.h for float32 on a CPU with C and O <= 64 and K >= stride: a third of the time for Micro-ACDNet's
// first two layers. Everything else uses conv2d.
torch::Tensor row_conv(const torch::Tensor& x, const torch::Tensor& weight, std::int64_t stride);

}  // namespace stapes
