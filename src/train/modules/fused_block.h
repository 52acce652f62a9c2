// SPDX-License-Identifier: Apache-2.0
// fused_block.h: fused operators around a convolution. On a CPU, separate operators take as long as the convolutions.
#pragma once

#include <torch/torch.h>

#include "runs/binary_rule.h"

namespace stapes {

// All functions take x [N][C][H][W] and match libtorch's operators and gradients up to rounding. They are fused for
// contiguous float32 on a CPU; with `norm`, only in training and if it has a momentum. Otherwise they call libtorch.
// `norm` has C channels; training updates its running statistics.

// relu(max_pool(norm(x))), windows and stride pool_h x pool_w. Pooling before ReLU is less work and yields the
// same values.
torch::Tensor norm_pool_relu(const torch::Tensor& x, torch::nn::BatchNorm2d& norm, int pool_h, int pool_w);

// relu(max_pool(x)).
torch::Tensor pool_relu(const torch::Tensor& x, int pool_h, int pool_w);

// sign(norm(x)) with a surrogate derivative (binary_layers.h).
torch::Tensor norm_sign(const torch::Tensor& x, torch::nn::BatchNorm2d& norm, SignGradient gradient, bool zero_is_zero);

}  // namespace stapes
