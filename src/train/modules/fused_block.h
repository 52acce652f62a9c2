// SPDX-License-Identifier: Apache-2.0
// fused_block.h: what surrounds a convolution, each in as few passes over memory as it takes. Training these networks
// on a processor is bound by long rows and small layers: batch norm, pool, ReLU and sign one after the other take as
// long as the convolutions themselves.
#pragma once

#include <torch/torch.h>

#include "runs/binary_rule.h"

namespace stapes {

// All take x [N][C][H][W] and give what libtorch's operators give one after the other, gradients included, to rounding.
// One pass each for float32 on a processor; otherwise (a GPU, double, channels last) those operators themselves. `norm`
// must have C channels and, while training, a momentum for the fused form; its running statistics are kept.

// relu(max_pool(norm(x))), windows and stride pool_h x pool_w. Pooling comes first: the same values, since both are
// monotonic, and ReLU has less to do.
torch::Tensor norm_pool_relu(const torch::Tensor& x, torch::nn::BatchNorm2d& norm, int pool_h, int pool_w);

// relu(max_pool(x)).
torch::Tensor pool_relu(const torch::Tensor& x, int pool_h, int pool_w);

// sign(norm(x)) with a stand-in for its derivative; see sign_straight_through() in binary_layers.h.
torch::Tensor norm_sign(const torch::Tensor& x, torch::nn::BatchNorm2d& norm, SignGradient gradient, bool zero_is_zero);

}  // namespace stapes
