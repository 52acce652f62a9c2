// SPDX-License-Identifier: Apache-2.0
#include "train/feature_loss.h"

#include <algorithm>

namespace stapes {
namespace {

std::pair<int, int> output_size(const ConvGeometry& conv) {
  return {conv.out_h / conv.pool_h, conv.out_w / conv.pool_w};
}

}  // namespace

ConvPairs compared_convolutions(const NetworkGeometry& network, const NetworkGeometry& teacher) {
  ConvPairs pairs;
  for (std::size_t i = 0; i < network.convs.size(); ++i) {
    const ConvGeometry& own = network.convs[i];
    const auto same = std::find_if(teacher.convs.begin(), teacher.convs.end(), [&](const ConvGeometry& other) {
      return other.name == own.name && output_size(other) == output_size(own);
    });
    if (same == teacher.convs.end() || output_size(own) == std::pair(1, 1)) continue;
    pairs.emplace_back(i, static_cast<std::size_t>(same - teacher.convs.begin()));
  }
  return pairs;
}

torch::Tensor attention_map(const torch::Tensor& activations) {
  const torch::Tensor energy = activations.to(torch::kFloat32).square().mean(1).flatten(1);
  return energy / energy.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12);
}

torch::Tensor feature_loss(const ConvPairs& pairs, const std::vector<torch::Tensor>& network,
                           const std::vector<torch::Tensor>& teacher) {
  torch::Tensor sum = torch::zeros({}, network.at(pairs.at(0).first).options().dtype(torch::kFloat32));
  for (const auto& [own, other] : pairs) {
    const torch::Tensor difference = attention_map(network.at(own)) - attention_map(teacher.at(other));
    sum = sum + difference.square().sum(1).mean();
  }
  return sum / static_cast<double>(pairs.size());
}

}  // namespace stapes
