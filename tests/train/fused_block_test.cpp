// SPDX-License-Identifier: Apache-2.0
#include "train/modules/fused_block.h"

#include <gtest/gtest.h>

#include <limits>

#include "train/modules/binary_layers.h"

namespace stapes {
namespace {

torch::nn::BatchNorm2d norm_of(int channels, torch::Dtype type = torch::kFloat32) {
  torch::nn::BatchNorm2d norm(channels);
  const torch::NoGradGuard no_gradient;
  norm->weight.normal_();  // some are negative
  norm->bias.normal_();
  norm->to(type);
  return norm;
}

torch::nn::BatchNorm2d twin(torch::nn::BatchNorm2d& norm) {
  auto copy = std::dynamic_pointer_cast<torch::nn::BatchNorm2dImpl>(norm->clone());
  copy->to(torch::kFloat64);
  return torch::nn::BatchNorm2d(copy);
}

double worst(const torch::Tensor& got, const torch::Tensor& want) {
  EXPECT_EQ(got.sizes(), want.sizes());
  return (got.to(torch::kFloat64) - want).abs().max().item<double>();
}

struct Shape {
  std::int64_t clips, channels, height, width;
  int pool_h, pool_w;
};

// Sizes around vector widths, rows and columns that do not fill a window, and every pool of the networks.
const Shape kShapes[] = {{2, 3, 1, 1, 1, 1},    {3, 2, 1, 15, 1, 1},   {2, 3, 5, 16, 1, 1},  {1, 4, 3, 17, 1, 1},
                         {2, 3, 1, 151, 1, 50}, {2, 2, 1, 100, 1, 50}, {2, 3, 7, 9, 2, 2},   {1, 2, 4, 66, 2, 2},
                         {2, 2, 6, 33, 3, 1},   {2, 2, 5, 35, 2, 17},  {2, 3, 3, 33, 1, 16}, {2, 1, 2, 64, 1, 32}};

class FusedBlock : public testing::TestWithParam<Shape> {
 protected:
  void SetUp() override { torch::manual_seed(5); }
};
INSTANTIATE_TEST_SUITE_P(Shapes, FusedBlock, testing::ValuesIn(kShapes));

TEST_P(FusedBlock, NormPoolReluIsThoseThreeInDouble) {
  const Shape s = GetParam();
  const torch::Tensor x = (3 * torch::randn({s.clips, s.channels, s.height, s.width}) + 2).requires_grad_();
  const torch::Tensor exact = x.detach().to(torch::kFloat64).requires_grad_();
  torch::nn::BatchNorm2d norm = norm_of(static_cast<int>(s.channels)), reference = twin(norm);

  const torch::Tensor got = norm_pool_relu(x, norm, s.pool_h, s.pool_w);
  const torch::Tensor want = torch::relu(torch::max_pool2d(reference->forward(exact), {s.pool_h, s.pool_w}));
  const torch::Tensor gradient = torch::randn(want.sizes());
  got.backward(gradient);
  want.backward(gradient.to(torch::kFloat64));

  EXPECT_LE(worst(got, want), 1e-4);
  EXPECT_LE(worst(x.grad(), exact.grad()), 1e-4);
  EXPECT_LE(worst(norm->weight.grad(), reference->weight.grad()), 1e-3);
  EXPECT_LE(worst(norm->bias.grad(), reference->bias.grad()), 1e-3);
  EXPECT_LE(worst(norm->running_mean, reference->running_mean), 1e-5);
  EXPECT_LE(worst(norm->running_var, reference->running_var), 1e-4);
  EXPECT_EQ(norm->num_batches_tracked.item<std::int64_t>(), 1);
}

TEST_P(FusedBlock, NormSignIsTheTwoInDouble) {
  const Shape s = GetParam();
  for (const SignGradient rule : {SignGradient::kClip, SignGradient::kApprox}) {
    const torch::Tensor x = torch::randn({s.clips, s.channels, s.height, s.width}).requires_grad_();
    const torch::Tensor exact = x.detach().to(torch::kFloat64).requires_grad_();
    torch::nn::BatchNorm2d norm = norm_of(static_cast<int>(s.channels)), reference = twin(norm);

    const torch::Tensor got = norm_sign(x, norm, rule, true);
    const torch::Tensor want = sign_straight_through(reference->forward(exact), rule, true);
    const torch::Tensor gradient = torch::randn(want.sizes());
    got.backward(gradient);
    want.backward(gradient.to(torch::kFloat64));

    EXPECT_LE(worst(got, want), 1e-4);
    EXPECT_LE(worst(x.grad(), exact.grad()), 1e-4);
    EXPECT_LE(worst(norm->weight.grad(), reference->weight.grad()), 1e-3);
    EXPECT_LE(worst(norm->bias.grad(), reference->bias.grad()), 1e-3);
  }
}

TEST_P(FusedBlock, PoolReluIsTheTwoToTheBitWithTies) {
  const Shape s = GetParam();
  // Few distinct values, as in binary layers. Most windows have several equal maxima.
  const torch::Tensor x = torch::randint(-3, 4, {s.clips, s.channels, s.height, s.width}, torch::kFloat32);
  const torch::Tensor fused = x.clone().requires_grad_(), plain = x.clone().requires_grad_();
  const torch::Tensor got = pool_relu(fused, s.pool_h, s.pool_w);
  const torch::Tensor want = torch::relu(torch::max_pool2d(plain, {s.pool_h, s.pool_w}));
  const torch::Tensor gradient = torch::randn(want.sizes());
  got.backward(gradient);
  want.backward(gradient);
  EXPECT_TRUE(torch::equal(got, want));
  EXPECT_TRUE(torch::equal(fused.grad(), plain.grad()));
}

TEST(FusedBlock, SignOfZeroIsMinusOneOnADeviceAndZeroInThePapersTraining) {
  torch::nn::BatchNorm2d norm(1);
  norm->train();
  const torch::Tensor x = torch::zeros({2, 1, 1, 20});  // normalized to 0, bias 0
  EXPECT_TRUE(torch::equal(norm_sign(x, norm, SignGradient::kClip, false), -torch::ones_like(x)));
  EXPECT_TRUE(torch::equal(norm_sign(x, norm, SignGradient::kClip, true), x));
}

TEST(FusedBlock, TheNumberOfThreadsDoesNotChangeABit) {
  torch::manual_seed(3);
  const torch::Tensor x = torch::randn({8, 7, 1, 515});
  torch::nn::BatchNorm2d norm = norm_of(7);
  const int threads = torch::get_num_threads();
  std::vector<torch::Tensor> results;
  for (const int count : {1, 2, 3}) {
    torch::set_num_threads(count);
    const torch::Tensor input = x.clone().requires_grad_();
    norm->zero_grad();
    const torch::Tensor y = norm_pool_relu(input, norm, 1, 50);
    y.backward(torch::ones_like(y));
    results.push_back(torch::cat({y.flatten(), input.grad().flatten(), norm->weight.grad().clone()}));
  }
  torch::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(results[0], results[1]));
  EXPECT_TRUE(torch::equal(results[0], results[2]));
}

TEST(FusedBlock, ADivergedValueIsNotHidden) {
  for (const int pool : {1, 2, 20}) {
    torch::nn::BatchNorm2d norm(1);
    torch::Tensor x = torch::randn({1, 1, 4, 40});
    x[0][0][1][33] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(norm_pool_relu(x, norm, pool == 2 ? 2 : 1, pool).isnan().any().item<bool>()) << pool;
  }
}

TEST(FusedBlock, EvaluationUsesTheRunningStatistics) {
  torch::nn::BatchNorm2d norm = norm_of(2);
  norm->eval();
  const torch::Tensor x = torch::randn({2, 2, 4, 10});
  const torch::Tensor want = torch::relu(torch::max_pool2d(norm->forward(x), {2, 2}));
  EXPECT_TRUE(torch::equal(norm_pool_relu(x, norm, 2, 2), want));
  EXPECT_EQ(norm->num_batches_tracked.item<std::int64_t>(), 0);
}

}  // namespace
}  // namespace stapes
