// SPDX-License-Identifier: Apache-2.0
// binary_layers.h: the differentiable parts of a binary convolution. Sources: arXiv:1603.05279 (XNOR-Net) and the code
// of arXiv:2108.06128.
#pragma once

#include <torch/torch.h>

#include "runs/binary_rule.h"

namespace stapes {

// W [out][in][kh][kw] minus its mean over `in` at each kernel position (skipped when in = 1), clamped to [-1, 1].
torch::Tensor center_and_clamp(const torch::Tensor& weight);
void center_and_clamp_in_place(torch::Tensor& weight);  // bit-identical

// Centers filters, scales them to a standard deviation of sqrt(2 / N), N weights per filter (He's initialization), and
// clamps |W| at the `quantile` of a Laplace distribution: -m ln(2 - 2 quantile), m = mean |W|. Without clamping,
// weights far from 0 might never change sign. Source: arXiv:2103.12369 (ReCU).
void standardize_in_place(torch::Tensor& weight, double quantile);
// ReCU's schedule, `progress` in [0, 1]: 0.85 at the start, 0.99 at the end.
double clamp_quantile(double progress);

// Signs (sign(0) is 0 by the published rule, -1 by ours), and alpha = mean |W| per filter, [out][1][1][1].
torch::Tensor binary_signs(const torch::Tensor& centered, BinaryRule rule);
torch::Tensor filter_alpha(const torch::Tensor& centered);

// alpha * sign(W), alpha = mean |W| per filter (1 if not `scaled`); W is already centered. With g the gradient of the
// result, N the weights per filter and C the input channels, backward returns
//   (alpha * g * [|W| <= 1] + sign(W) * sum(sign(W) * g) / N) * (1 - 1/C) * N
// or, without `scaled` (no alpha to learn), g * [|W| <= 1] * (1 - 1/C).
// kDefault leaves out the factor (1 - 1/C).
torch::Tensor binarize_weight(const torch::Tensor& centered, BinaryRule rule, bool scaled);

// The backward pass of binarize_weight().
torch::Tensor binary_weight_gradient(const torch::Tensor& centered, const torch::Tensor& gradient, BinaryRule rule,
                                     bool scaled);

// sign(x) with a surrogate derivative. sign(0) is 0 if `zero_is_zero` (the paper's rule in training), otherwise -1.
torch::Tensor sign_straight_through(const torch::Tensor& x, SignGradient gradient, bool zero_is_zero);

// RPReLU (arXiv:2003.03488) on [N][C][H][W]: x - threshold + offset above `threshold`, slope * (x - threshold) + offset
// below. Parameters are [C]. A negative slope counts as 0 (docs/explanation/binary.md).
torch::Tensor rprelu(const torch::Tensor& x, const torch::Tensor& threshold, const torch::Tensor& slope,
                     const torch::Tensor& offset);

}  // namespace stapes
