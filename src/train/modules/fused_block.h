// SPDX-License-Identifier: Apache-2.0
// fused_block.h: the operators around a convolution, in as few passes over memory as possible. On a CPU, separate batch
// norm, pool, ReLU and sign take as long as the convolutions themselves, because rows are long and layers small.
#pragma once

#include <torch/torch.h>

#include "runs/binary_rule.h"

namespace stapes {

// All take x [N][C][H][W] and match libtorch's separate operators, gradients included, up to rounding. They make one
// fused pass for float32 on a CPU, and otherwise (GPU, double, channels last) call libtorch's operators. `norm` must
// have C channels and, to be fused in training, a momentum; its running statistics are updated.

// relu(max_pool(norm(x))), windows and stride pool_h x pool_w. Pooling before ReLU yields the same values, since both
// are monotonic, and is less work.
torch::Tensor norm_pool_relu(const torch::Tensor& x, torch::nn::BatchNorm2d& norm, int pool_h, int pool_w);

// relu(max_pool(x)).
torch::Tensor pool_relu(const torch::Tensor& x, int pool_h, int pool_w);

// sign(norm(x)) with a surrogate derivative; see sign_straight_through() in binary_layers.h.
torch::Tensor norm_sign(const torch::Tensor& x, torch::nn::BatchNorm2d& norm, SignGradient gradient, bool zero_is_zero);

}  // namespace stapes
