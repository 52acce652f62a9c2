// SPDX-License-Identifier: Apache-2.0
#include "train/feature_loss.h"

#include <gtest/gtest.h>

#include <cmath>

#include "graph/geometry.h"
#include "graph/networks.h"

namespace stapes {
namespace {

// The energies (1 + 1) / 2, (4 + 0) / 2, 0 and 2 / 2, divided by their norm, sqrt(1 + 4 + 0 + 1).
TEST(FeatureLoss, AnAttentionMapIsWhereTheEnergyIs) {
  const torch::Tensor activations = torch::tensor({1.0f, 2.0f, 0.0f, 1.0f, -1.0f, 0.0f, 0.0f, 1.0f}).view({1, 2, 2, 2});
  const torch::Tensor want = torch::tensor({{1.0f, 2.0f, 0.0f, 1.0f}}) / std::sqrt(6.0f);
  EXPECT_TRUE(torch::allclose(attention_map(activations), want));
  EXPECT_TRUE(torch::allclose(attention_map(activations * 7), want));
  EXPECT_TRUE(torch::equal(attention_map(activations * 0), torch::zeros({1, 4})));
}

TEST(FeatureLoss, IsTheSquaredDistanceOfMaps) {
  const auto one = [](float a, float b) { return torch::tensor({a, b}).view({1, 1, 1, 2}); };
  const std::vector<torch::Tensor> network = {one(1, 0), one(3, 0)}, teacher = {one(5, 0), one(0, 2)};
  EXPECT_FLOAT_EQ(feature_loss({{0, 0}}, network, teacher).item<float>(), 0);
  EXPECT_FLOAT_EQ(feature_loss({{0, 0}, {1, 1}}, network, teacher).item<float>(), 1);  // the mean of 0 and 2
}

// The networks share all names, but output sizes only up to conv2. The transpose turns conv2's filters into height.
TEST(FeatureLoss, ComparesConvolutionsOfTheSameNameAndSize) {
  const AudioInput input{20000, 30225};
  const NetworkGeometry network = network_geometry(named_network("micro-acdnet", 10, input)),
                        teacher = network_geometry(named_network("acdnet", 10, input));
  std::vector<std::string> names;
  for (const auto& [own, other] : compared_convolutions(network, teacher)) {
    EXPECT_EQ(network.convs[own].name, teacher.convs[other].name);
    names.push_back(network.convs[own].name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"conv1", "conv2"}));
  EXPECT_EQ(compared_convolutions(network, network).size(), network.convs.size());
  EXPECT_TRUE(compared_convolutions(network, network_geometry(named_network("ds-cnn", 10, input))).empty());
}

}  // namespace
}  // namespace stapes
