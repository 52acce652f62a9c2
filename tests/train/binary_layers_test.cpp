#include "train/binary_layers.h"

#include <gtest/gtest.h>

namespace stapes {
namespace {

TEST(BinaryLayers, CentringRemovesTheMeanOverInputChannels) {
  torch::manual_seed(7);
  const torch::Tensor weight = torch::randn({4, 3, 3, 3}) * 0.1;
  EXPECT_LE(centre_and_clamp(weight).mean(1).abs().max().item<double>(), 1e-7);
}

TEST(BinaryLayers, OneInputChannelIsNotCentred) {
  const torch::Tensor weight = torch::full({2, 1, 3, 3}, 0.5);
  EXPECT_TRUE(torch::equal(centre_and_clamp(weight), weight));
}

TEST(BinaryLayers, AFilterBecomesItsMeanMagnitudeTimesItsSigns) {
  const torch::Tensor weight = torch::tensor({0.2f, -0.4f, 0.6f, -0.8f}).reshape({1, 1, 2, 2});
  const torch::Tensor want = torch::tensor({0.5f, -0.5f, 0.5f, -0.5f}).reshape({1, 1, 2, 2});
  EXPECT_TRUE(torch::allclose(binarize_weight(weight, BinaryRule::kDefault), want));
}

// By hand: N = 4, alpha = 0.5, g = (1, 0, 0, 0): sign(W)*sum(sign(W)*g)/N = (1,-1,1,-1)/4; times N: alpha*N*g = 2.
TEST(BinaryLayers, TheDefaultRuleTrainsALayerWithOneInputChannel) {
  const torch::Tensor weight = torch::tensor({0.2f, -0.4f, 0.6f, -0.8f}).reshape({1, 1, 2, 2});
  const torch::Tensor gradient = torch::tensor({1.0f, 0.0f, 0.0f, 0.0f}).reshape({1, 1, 2, 2});
  const torch::Tensor want = torch::tensor({3.0f, -1.0f, 1.0f, -1.0f}).reshape({1, 1, 2, 2});
  EXPECT_TRUE(torch::allclose(binary_weight_gradient(weight, gradient, BinaryRule::kDefault), want));
  EXPECT_EQ(binary_weight_gradient(weight, gradient, BinaryRule::kPaper).abs().max().item<double>(), 0);
}

TEST(BinaryLayers, BackwardAppliesTheRule) {
  torch::manual_seed(7);
  torch::Tensor weight = (torch::randn({2, 3, 3, 3}) * 0.5).set_requires_grad(true);
  const torch::Tensor gradient = torch::randn({2, 3, 3, 3});
  binarize_weight(weight, BinaryRule::kPaper).backward(gradient);
  EXPECT_TRUE(torch::equal(weight.grad(), binary_weight_gradient(weight.detach(), gradient, BinaryRule::kPaper)));
}

TEST(BinaryLayers, SignPassesGradientsInsideOneOnly) {
  torch::Tensor x = torch::tensor({-2.0f, -0.5f, 0.0f, 0.5f, 1.0f}).set_requires_grad(true);
  const torch::Tensor y = sign_straight_through(x, false);
  EXPECT_TRUE(torch::equal(y, torch::tensor({-1.0f, -1.0f, -1.0f, 1.0f, 1.0f})));
  EXPECT_EQ(sign_straight_through(x, true)[2].item<float>(), 0);
  y.sum().backward();
  EXPECT_TRUE(torch::equal(x.grad(), torch::tensor({0.0f, 1.0f, 1.0f, 1.0f, 0.0f})));
}

}  // namespace
}  // namespace stapes
