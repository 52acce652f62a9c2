// SPDX-License-Identifier: Apache-2.0
// Our loops must not read tensors of another device. A meta tensor stands in for a GPU tensor: it has no memory, so
// reading it crashes.
#include "train/readable_floats.h"

#include <gtest/gtest.h>

#include "train/modules/fused_block.h"
#include "train/modules/round_to_grid.h"
#include "train/modules/row_conv.h"

namespace stapes {
namespace {

torch::Tensor elsewhere(at::IntArrayRef sizes) { return torch::empty(sizes, torch::device(torch::kMeta)); }

// libtorch's operators reject such operands, or return without reading anything.
template <class Work>
void expect_left_to_libtorch(const char* what, const Work& work) {
  try {
    EXPECT_TRUE(work().is_meta()) << what;
  } catch (const c10::Error&) {
  }
}

TEST(ReadableFloats, AreContiguousFloatsOfTheCpu) {
  EXPECT_TRUE(readable_floats(torch::zeros({2, 3})));
  EXPECT_FALSE(readable_floats(elsewhere({2, 3})));
  EXPECT_FALSE(readable_floats(torch::zeros({2, 3}, torch::kFloat64)));
  EXPECT_FALSE(readable_floats(torch::zeros({2, 3}).t()));
}

TEST(ReadableFloats, ARowConvolutionReadsNoOtherDevice) {
  const torch::Tensor x = torch::randn({2, 3, 1, 40}), weight = torch::randn({4, 3, 1, 5});
  expect_left_to_libtorch("input", [&] { return row_conv(elsewhere({2, 3, 1, 40}), weight, 2); });
  expect_left_to_libtorch("weight", [&] { return row_conv(x, elsewhere({4, 3, 1, 5}), 2); });
}

TEST(ReadableFloats, AFusedBlockReadsNoOtherDevice) {
  const torch::Tensor x = torch::randn({2, 3, 2, 10});
  using Part = torch::Tensor torch::nn::BatchNorm2dImpl::*;
  using Norm = torch::nn::BatchNorm2dImpl;
  const Part parts[] = {&Norm::weight, &Norm::bias, &Norm::running_mean, &Norm::running_var};
  for (const Part part : parts) {
    torch::nn::BatchNorm2d norm(3);
    (*norm).*part = elsewhere({3});
    expect_left_to_libtorch("norm_pool_relu", [&] { return norm_pool_relu(x, norm, 1, 5); });
    expect_left_to_libtorch("norm_sign", [&] { return norm_sign(x, norm, SignGradient::kClip, false); });
  }
  torch::nn::BatchNorm2d norm(3);
  expect_left_to_libtorch("input", [&] { return norm_pool_relu(elsewhere({2, 3, 2, 10}), norm, 1, 5); });
  expect_left_to_libtorch("input", [&] { return pool_relu(elsewhere({2, 3, 2, 10}), 1, 5); });
}

TEST(ReadableFloats, TheGridOfEightBitsIsForTheCpu) {
  const torch::Tensor x = torch::randn({1, 3, 2, 4}), scales = torch::ones(3, torch::kFloat64);
  EXPECT_THROW(rescale_to_grid(elsewhere({1, 3, 2, 4}), scales, {}), c10::Error);
  EXPECT_THROW(add_on_grid(x, elsewhere({1, 3, 2, 4}), {}), c10::Error);
}

}  // namespace
}  // namespace stapes
