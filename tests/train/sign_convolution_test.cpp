// SPDX-License-Identifier: Apache-2.0
#include "train/modules/sign_convolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/geometry.h"
#include "support/random_network.h"
#include "train/evaluate_module.h"
#include "train/modules/binary_layers.h"
#include "train/modules/network_module.h"

namespace stapes {
namespace {

NetworkSpec small_spec() {
  NetworkSpec spec = test::acdnet_spec({8000, 2000}, 3, {4, 8, 6, 6, 6, 8, 8, 8, 8, 8, 8, 8});
  spec.binary = true;
  return spec;
}

struct Result {
  torch::Tensor out, to_signs, to_weight;
};

// The gradients of sum(out * pattern).
template <class Convolve>
Result with_gradients(const torch::Tensor& signs, const torch::Tensor& centered, const Convolve& convolve) {
  const torch::Tensor x = signs.clone().set_requires_grad(true), w = centered.clone().set_requires_grad(true);
  const torch::Tensor out = convolve(x, w);
  torch::manual_seed(11);
  out.backward(torch::randn_like(out));
  return {out.detach(), x.grad(), w.grad()};
}

// Float32 sums of at most K = 9 * 16 terms, in any order, differ by up to K * 2^-24 = 9e-6 of the sum of magnitudes.
bool close(const torch::Tensor& a, const torch::Tensor& b) {
  return torch::allclose(a, b, 1e-5, 1e-5 * b.abs().max().item<double>());
}

TEST(SignConvolution, EqualsTheConvolutionWithScaledWeights) {
  for (const BinaryRule rule : {BinaryRule::kDefault, BinaryRule::kPaper}) {
    for (const bool scaled : {false, true}) {
      for (const SignSums sums : {SignSums::kTensorFloat32, SignSums::kRoundedFloat32}) {
        torch::manual_seed(3);
        const torch::Tensor signs = torch::randn({3, 16, 9, 7}).sign();
        torch::Tensor centered = center_and_clamp(torch::randn({5, 16, 3, 3}) * 0.7);
        centered.select(1, 0).zero_();  // where the rules differ in the sign
        const SignConvolution how{
            .stride_h = 2, .stride_w = 1, .pad_h = 1, .pad_w = 1, .rule = rule, .scaled = scaled, .sums = sums};
        const Result got =
            with_gradients(signs, centered, [&](const auto& x, const auto& w) { return sign_convolution(x, w, how); });
        const Result want = with_gradients(signs, centered, [&](const auto& x, const auto& w) {
          return torch::conv2d(x, binarize_weight(w, rule, scaled), {}, {2, 1}, {1, 1});
        });
        EXPECT_TRUE(close(got.out, want.out));
        EXPECT_TRUE(close(got.to_signs, want.to_signs));
        EXPECT_TRUE(close(got.to_weight, want.to_weight));
      }
    }
  }
}

// The outputs are alpha times integers, without rounding in between.
TEST(SignConvolution, ScalesIntegers) {
  torch::manual_seed(4);
  const torch::Tensor signs = torch::randn({2, 512, 4, 4}).sign();
  const torch::Tensor centered = center_and_clamp(torch::randn({3, 512, 3, 3}) * 0.1);
  const torch::Tensor out = sign_convolution(signs, centered, {.pad_h = 1, .pad_w = 1});
  const torch::Tensor exact = torch::conv2d(signs.to(torch::kFloat64),
                                            binary_signs(centered, BinaryRule::kDefault).to(torch::kFloat64), {}, 1, 1);
  const torch::Tensor alpha = filter_alpha(centered).view({1, -1, 1, 1});
  EXPECT_TRUE(torch::equal(out, exact.to(torch::kFloat32) * alpha));
}

TEST(SignConvolution, LeavesTheProcessPrecisionAsItWas) {
  for (const bool before : {false, true}) {
    at::globalContext().setAllowTF32CuDNN(before);
    sign_convolution(torch::ones({1, 2, 4, 4}), torch::ones({2, 2, 3, 3}), {});
    EXPECT_EQ(at::globalContext().allowTF32CuDNN(), before);
  }
}

TEST(InexactSignSums, FindsNothingWhereSumsAreIntegers) {
  const NetworkGeometry geometry = network_geometry(small_spec());
  torch::manual_seed(5);
  const double untouched = torch::rand({1}).item<double>();
  torch::manual_seed(5);
  for (const SignSums way : {SignSums::kTensorFloat32, SignSums::kRoundedFloat32}) {
    EXPECT_EQ(inexact_sign_sums(geometry, 4, torch::kCPU, way), "");
  }
  EXPECT_EQ(torch::rand({1}).item<double>(), untouched) << "it drew random numbers";
}

// Winograd's three digits do not suffice for large sums.
TEST(InexactSignSums, FindsAnAlgorithmThatRounds) {
  const NetworkGeometry geometry = network_geometry(small_spec());
  const auto rounding = [](const torch::Tensor& signs, const torch::Tensor& weights, const SignConvolution& how) {
    const torch::Tensor sums = sign_sums(signs, weights, how);
    return sums.abs().max().item<double>() > 10 ? sums * 1.0005 : sums;
  };
  EXPECT_THAT(inexact_sign_sums(geometry, 4, torch::kCPU, SignSums::kTensorFloat32, rounding),
              testing::HasSubstr("wrong sums: "));
}

// Layers with groups or uneven padding never use these sums.
TEST(InexactSignSums, SkipsLayersComputedOtherwise) {
  NetworkGeometry geometry = network_geometry(small_spec());
  ConvGeometry grouped = geometry.convs.back(), more_right = grouped, more_below = grouped;
  ASSERT_TRUE(grouped.binary);
  grouped.groups = 2;
  more_right.more_end_w = 1;
  more_below.more_end_h = 1;
  geometry.convs = {grouped, more_right, more_below};
  const auto never = [](const torch::Tensor& signs, const torch::Tensor&, const SignConvolution&) {
    ADD_FAILURE() << "a layer was tested";
    return signs;
  };
  EXPECT_EQ(inexact_sign_sums(geometry, 4, torch::kCPU, SignSums::kTensorFloat32, never), "");
}

// A binary layer is tested even if a full-precision layer has the same shape.
TEST(InexactSignSums, LooksAtABinaryLayerOfTheShapeOfAnother) {
  NetworkGeometry geometry = network_geometry(small_spec());
  ConvGeometry binary = geometry.convs.back(), full_precision = binary;
  ASSERT_TRUE(binary.binary);
  full_precision.binary = false;
  geometry.convs = {full_precision, binary};
  const auto wrong = [](const torch::Tensor& signs, const torch::Tensor& weights, const SignConvolution& how) {
    return sign_sums(signs, weights, how) + 0.5;
  };
  EXPECT_NE(inexact_sign_sums(geometry, 4, torch::kCPU, SignSums::kTensorFloat32, wrong), "");
}

// Sound has ten windows per clip, eight clips at a time. An image is one window.
TEST(WindowsPerForward, AreThoseOfWholeBatchesAndOfTheRest) {
  const auto sizes = [](std::size_t clips, std::optional<ImageSize> image) {
    return windows_per_forward({.clips = std::vector<ClipView>(clips), .labels = {}, .image = image},
                               Protocol::kTenCrops);
  };
  EXPECT_EQ(sizes(16, {}), (std::set<int>{80}));
  EXPECT_EQ(sizes(19, {}), (std::set<int>{30, 80}));
  EXPECT_EQ(sizes(3, {}), (std::set<int>{30}));
  EXPECT_EQ(sizes(201, ImageSize{8, 8, 3}), (std::set<int>{41, 80}));
}

TEST(NetworkModule, ComputesTheSameInEveryWay) {
  torch::manual_seed(6);
  NetworkModule module(small_spec(), ModuleOptions{});
  module->prepare_step();
  module->eval();
  const torch::NoGradGuard no_gradient;
  const torch::Tensor waves = torch::randn({4, 1, 1, 2000}), want = module->forward(waves);
  for (const SignSums sums : {SignSums::kTensorFloat32, SignSums::kRoundedFloat32}) {
    module->compute_signs(sums, false);
    EXPECT_TRUE(torch::allclose(module->forward(waves), want, 1e-4, 1e-4));  // eleven layers of float32
  }
}

}  // namespace
}  // namespace stapes
