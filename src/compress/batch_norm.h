// SPDX-License-Identifier: Apache-2.0
// batch_norm.h: batch norm in evaluation mode, per channel: y = scale * x + shift.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "graph/geometry.h"

namespace stapes {

struct Affine {
  double scale = 1;
  double shift = 0;
};

// scale = gamma / sqrt(variance + epsilon), shift = beta - scale * mean. `name`: e.g. "bn3".
inline std::vector<Affine> batch_norm_affine(const TrainedNetwork& network, const std::string& name) {
  const auto& gamma = network.tensors.at(name + ".weight").values;
  const auto& beta = network.tensors.at(name + ".bias").values;
  const auto& mean = network.tensors.at(name + ".running_mean").values;
  const auto& variance = network.tensors.at(name + ".running_var").values;
  std::vector<Affine> channels(gamma.size());
  for (std::size_t c = 0; c < channels.size(); ++c) {
    const double scale = gamma[c] / std::sqrt(double{variance[c]} + double{network.batch_norm_epsilon});
    channels[c] = {scale, beta[c] - scale * mean[c]};
  }
  return channels;
}

// Batch norm or bias on the sums of a convolution with real weights.
inline std::vector<Affine> output_affine(const TrainedNetwork& network, const ConvGeometry& conv) {
  if (!conv.norm.empty()) return batch_norm_affine(network, conv.norm);
  std::vector<Affine> channels;
  for (const float bias : network.tensors.at(conv.name + ".bias").values) channels.push_back({1, bias});
  return channels;
}

}  // namespace stapes
