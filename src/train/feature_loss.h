// SPDX-License-Identifier: Apache-2.0
// feature_loss.h: distillation of intermediate activations. Attention transfer, arXiv:1612.03928: compares only how an
// activation's energy is distributed over positions, so that networks of other widths, or binary ones, can teach each
// other.
#pragma once

#include <torch/torch.h>

#include <utility>
#include <vector>

#include "graph/geometry.h"

namespace stapes {

// {network index, teacher index} from 0: convolutions with the same name and output size, of more than one position.
using ConvPairs = std::vector<std::pair<std::size_t, std::size_t>>;
ConvPairs compared_convolutions(const NetworkGeometry& network, const NetworkGeometry& teacher);

// [N][C][H][W] -> [N][H W]: mean of squares over the channels, scaled to a Euclidean norm of 1 per sample.
torch::Tensor attention_map(const torch::Tensor& activations);

// Mean over pairs and samples of the squared distance between the two maps. Takes conv_outputs of forward().
torch::Tensor feature_loss(const ConvPairs& pairs, const std::vector<torch::Tensor>& network,
                           const std::vector<torch::Tensor>& teacher);

}  // namespace stapes
