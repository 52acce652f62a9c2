// SPDX-License-Identifier: Apache-2.0
// fused_block.h: the operators around a convolution, in as few passes over memory as possible. Training these networks
// on a CPU is bound by long rows and small layers: separate batch norm, pool, ReLU and sign take as long as the
// convolutions themselves.
#pragma once

#include <torch/torch.h>

#include "runs/binary_rule.h"

namespace stapes {

// All take x [N][C][H][W] and match libtorch's separate operators, gradients included, up to rounding. One fused pass
// for float32 on a CPU; otherwise (GPU, double, channels last) those operators. `norm` must have C channels and, while
// training, a momentum for the fused form; its running statistics are updated.

// relu(max_pool(norm(x))), windows and stride pool_h x pool_w. Pooling first gives the same values, since both are
// monotonic, and leaves less work for ReLU.
torch::Tensor norm_pool_relu(const torch::Tensor& x, torch::nn::BatchNorm2d& norm, int pool_h, int pool_w);

// relu(max_pool(x)).
torch::Tensor pool_relu(const torch::Tensor& x, int pool_h, int pool_w);

// sign(norm(x)) with a surrogate derivative; see sign_straight_through() in binary_layers.h.
torch::Tensor norm_sign(const torch::Tensor& x, torch::nn::BatchNorm2d& norm, SignGradient gradient, bool zero_is_zero);

}  // namespace stapes
