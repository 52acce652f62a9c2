// SPDX-License-Identifier: Apache-2.0
#include "train/modules/binary_layers.h"

#include <gtest/gtest.h>

namespace stapes {
namespace {

TEST(BinaryLayers, CentringRemovesTheMeanOverInputChannels) {
  torch::manual_seed(7);
  const torch::Tensor weight = torch::randn({4, 3, 3, 3}) * 0.1;
  EXPECT_LE(center_and_clamp(weight).mean(1).abs().max().item<double>(), 1e-7);
}

TEST(BinaryLayers, OneInputChannelIsNotCentered) {
  const torch::Tensor weight = torch::full({2, 1, 3, 3}, 0.5);
  EXPECT_TRUE(torch::equal(center_and_clamp(weight), weight));
}

TEST(BinaryLayers, AFilterBecomesItsMeanMagnitudeTimesItsSigns) {
  const torch::Tensor weight = torch::tensor({0.2f, -0.4f, 0.6f, -0.8f}).reshape({1, 1, 2, 2});
  const torch::Tensor want = torch::tensor({0.5f, -0.5f, 0.5f, -0.5f}).reshape({1, 1, 2, 2});
  EXPECT_TRUE(torch::allclose(binarize_weight(weight, BinaryRule::kDefault, true), want));
}

// By hand: N = 4, alpha = 0.5, g = (1, 0, 0, 0): sign(W)*sum(sign(W)*g)/N = (1,-1,1,-1)/4; times N: alpha*N*g = 2.
TEST(BinaryLayers, TheDefaultRuleTrainsALayerWithOneInputChannel) {
  const torch::Tensor weight = torch::tensor({0.2f, -0.4f, 0.6f, -0.8f}).reshape({1, 1, 2, 2});
  const torch::Tensor gradient = torch::tensor({1.0f, 0.0f, 0.0f, 0.0f}).reshape({1, 1, 2, 2});
  const torch::Tensor want = torch::tensor({3.0f, -1.0f, 1.0f, -1.0f}).reshape({1, 1, 2, 2});
  EXPECT_TRUE(torch::allclose(binary_weight_gradient(weight, gradient, BinaryRule::kDefault, true), want));
  EXPECT_EQ(binary_weight_gradient(weight, gradient, BinaryRule::kPaper, true).abs().max().item<double>(), 0);
}

// By hand, as above, with N = 2, C = 2, alpha = 0.25, g = (1, 0) and sign(0) = -1 by default, 0 in the paper.
TEST(BinaryLayers, TheGradientUsesTheRulesSignOfZero) {
  const torch::Tensor weight = torch::tensor({0.0f, 0.5f}).reshape({1, 2, 1, 1});
  const torch::Tensor gradient = torch::tensor({1.0f, 0.0f}).reshape({1, 2, 1, 1});
  EXPECT_TRUE(torch::equal(binary_weight_gradient(weight, gradient, BinaryRule::kDefault, true),
                           torch::tensor({1.5f, -1.0f}).reshape({1, 2, 1, 1})));
  EXPECT_TRUE(torch::equal(binary_weight_gradient(weight, gradient, BinaryRule::kPaper, true),
                           torch::tensor({0.25f, 0.0f}).reshape({1, 2, 1, 1})));
}

TEST(BinaryLayers, BackwardAppliesTheRule) {
  torch::manual_seed(7);
  torch::Tensor weight = (torch::randn({2, 3, 3, 3}) * 0.5).set_requires_grad(true);
  const torch::Tensor gradient = torch::randn({2, 3, 3, 3});
  binarize_weight(weight, BinaryRule::kPaper, true).backward(gradient);
  EXPECT_TRUE(torch::equal(weight.grad(), binary_weight_gradient(weight.detach(), gradient, BinaryRule::kPaper, true)));
}

TEST(BinaryLayers, SignPassesGradientsInsideOneOnly) {
  torch::Tensor x = torch::tensor({-2.0f, -0.5f, 0.0f, 0.5f, 1.0f}).set_requires_grad(true);
  const torch::Tensor y = sign_straight_through(x, SignGradient::kClip, false);
  EXPECT_TRUE(torch::equal(y, torch::tensor({-1.0f, -1.0f, -1.0f, 1.0f, 1.0f})));
  EXPECT_EQ(sign_straight_through(x, SignGradient::kClip, true)[2].item<float>(), 0);
  y.sum().backward();
  EXPECT_TRUE(torch::equal(x.grad(), torch::tensor({0.0f, 1.0f, 1.0f, 1.0f, 0.0f})));
}

TEST(BinaryLayers, ApproxSignPassesATriangle) {
  torch::Tensor x = torch::tensor({-2.0f, -0.75f, 0.0f, 0.5f, 1.0f}).set_requires_grad(true);
  const torch::Tensor y = sign_straight_through(x, SignGradient::kApprox, false);
  EXPECT_TRUE(torch::equal(y, torch::tensor({-1.0f, -1.0f, -1.0f, 1.0f, 1.0f})));
  y.sum().backward();
  EXPECT_TRUE(torch::equal(x.grad(), torch::tensor({0.0f, 0.5f, 2.0f, 1.0f, 0.0f})));
}

TEST(BinaryLayers, WithoutScaleAFilterIsItsSigns) {
  torch::Tensor weight = torch::tensor({0.2f, -0.4f, 0.6f, -2.0f}).reshape({1, 1, 2, 2}).set_requires_grad(true);
  const torch::Tensor signs = binarize_weight(weight, BinaryRule::kDefault, false);
  EXPECT_TRUE(torch::equal(signs, torch::tensor({1.0f, -1.0f, 1.0f, -1.0f}).reshape({1, 1, 2, 2})));
  signs.backward(torch::full({1, 1, 2, 2}, 3.0f));
  const torch::Tensor want = torch::tensor({3.0f, 3.0f, 3.0f, 0.0f}).reshape({1, 1, 2, 2});  // |W| > 1 gets no gradient
  EXPECT_TRUE(torch::equal(weight.grad(), want));
}

// By hand: mean 0, mean square 2.5. The factor is sqrt(2 / 4) / sqrt(2.5) = 0.4472; mean |W| is then 0.6708.
TEST(BinaryLayers, AStandardizedFilterKeepsItsDeviationAndItsSigns) {
  const torch::Tensor start = torch::tensor({1.0f, -1.0f, 2.0f, -2.0f}).reshape({1, 1, 2, 2});
  torch::Tensor weight = start.clone();
  standardize_in_place(weight, 0.99);  // clamps at 3.9 times the mean: nothing here
  EXPECT_TRUE(torch::allclose(weight, start * 0.4472136f, 1e-5, 1e-6));
  torch::Tensor again = weight.clone();
  standardize_in_place(again, 0.99);
  EXPECT_TRUE(torch::allclose(again, weight, 1e-5, 1e-6));
  standardize_in_place(again, 0.7);  // at -ln(0.6) = 0.5108 times the mean
  EXPECT_NEAR(again.abs().max().item<double>(), 0.6708204 * 0.5108256, 1e-5);
  EXPECT_TRUE(torch::equal(again.sign(), start.sign()));
}

TEST(BinaryLayers, StandardizedFiltersAreInTheFormThatIsPacked) {
  torch::manual_seed(7);
  torch::Tensor weight = torch::randn({4, 6, 3, 3}) * 5;
  standardize_in_place(weight, clamp_quantile(0));
  EXPECT_TRUE(torch::allclose(center_and_clamp(weight), weight, 1e-5, 1e-6));
}

TEST(BinaryLayers, TheClampOpensAsTrainingGoesOn) {
  EXPECT_DOUBLE_EQ(clamp_quantile(0), 0.85);
  EXPECT_DOUBLE_EQ(clamp_quantile(1), 0.99);
}

TEST(BinaryLayers, RpreluBendsAtItsThreshold) {
  const torch::Tensor x = torch::tensor({-1.0f, 2.0f, 3.0f}).reshape({1, 1, 1, 3});
  const auto one = [](float v) { return torch::full({1}, v); };
  const torch::Tensor y = rprelu(x, one(2), one(0.5), one(10));
  EXPECT_TRUE(torch::equal(y, torch::tensor({8.5f, 10.0f, 11.0f}).reshape({1, 1, 1, 3})));
  EXPECT_TRUE(
      torch::equal(rprelu(x, one(2), one(-5), one(0)), torch::tensor({0.0f, 0.0f, 1.0f}).reshape({1, 1, 1, 3})));
}

}  // namespace
}  // namespace stapes
