// SPDX-License-Identifier: Apache-2.0
// feature_loss.h: distillation by attention transfer (arXiv:1612.03928). Compares only how energy is distributed over
// positions, so the teacher may differ in widths and precision.
#pragma once

#include <torch/torch.h>

#include <utility>
#include <vector>

#include "graph/geometry.h"

namespace stapes {

// Pairs {network index, teacher index}, 0-based, of convolutions with the same name and output size and more than one
// position.
using ConvPairs = std::vector<std::pair<std::size_t, std::size_t>>;
ConvPairs compared_convolutions(const NetworkGeometry& network, const NetworkGeometry& teacher);

// [N][C][H][W] -> [N][H W]: mean of squares over the channels, scaled to a Euclidean norm of 1 per sample.
torch::Tensor attention_map(const torch::Tensor& activations);

// Mean squared distance of the attention maps over pairs and samples. Takes the conv_outputs of both forward passes.
torch::Tensor feature_loss(const ConvPairs& pairs, const std::vector<torch::Tensor>& network,
                           const std::vector<torch::Tensor>& teacher);

}  // namespace stapes
