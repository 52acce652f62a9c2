// SPDX-License-Identifier: Apache-2.0
#include "train/weight_average.h"

#include <gtest/gtest.h>

#include "support/random_network.h"

namespace stapes {
namespace {

NetworkSpec small_spec(bool binary) {
  NetworkSpec spec = test::acdnet_spec({8000, 2000}, 3, {4, 8, 6, 6, 6, 8, 8, 8, 8, 8, 8, 8});
  spec.binary = binary;
  return spec;
}

// One weight over a few steps: d = min(decay, (1 + t) / (10 + t)). The first step copies.
TEST(WeightAverage, FollowsItsFormula) {
  torch::manual_seed(1);
  NetworkModule module(small_spec(false), ModuleOptions{});
  WeightAverage average(small_spec(false), ModuleOptions{}, 0.3);
  double expected = 0;
  for (int t = 0; t < 8; ++t) {
    const double weight = 0.1 * t * t - 1;
    {
      const torch::NoGradGuard no_gradient;
      module->conv_weight(4).fill_(weight);
    }
    average.update(module);
    const double decay = t == 0 ? 0 : std::min(0.3, (1.0 + t) / (10.0 + t));
    expected = decay * expected + (1 - decay) * weight;
    EXPECT_NEAR(average.module()->conv_weight(4).mean().item<double>(), expected, 1e-6);  // float32, numbers below 6
  }
}

// A training-mode pass with the averaged weights over the same batches gives these statistics.
TEST(WeightAverage, MeasuresBatchNorms) {
  for (const bool binary : {false, true}) {
    torch::manual_seed(2);
    NetworkModule module(small_spec(binary), ModuleOptions{});
    WeightAverage average(small_spec(binary), ModuleOptions{}, 0.9);
    average.update(module);
    std::vector<torch::Tensor> batches = {torch::randn({4, 1, 1, 2000}), torch::randn({4, 1, 1, 2000})};
    torch::manual_seed(5);
    const double untouched = torch::rand({1}).item<double>();
    torch::manual_seed(5);
    std::size_t next = 0;
    average.measure_batch_norms([&] { return next < batches.size() ? batches[next++] : torch::Tensor(); });
    EXPECT_EQ(torch::rand({1}).item<double>(), untouched) << "it drew random numbers";
    EXPECT_FALSE(average.module()->is_training());
    // conv1 is not binary. Its batch norm reads conv1's output.
    const torch::NoGradGuard no_gradient;
    torch::Tensor mean;
    for (const torch::Tensor& waves : batches) {
      const torch::Tensor out = torch::conv2d(waves, module->conv_weight(0), {}, {1, 2});
      mean = mean.defined() ? mean + out.mean({0, 2, 3}) / 2 : out.mean({0, 2, 3}) / 2;
    }
    const torch::Tensor measured = average.module()->named_buffers()["bn1.running_mean"];
    EXPECT_TRUE(torch::allclose(measured, mean, 1e-4, 1e-6)) << measured << mean;  // float sums in another order
  }
}

TEST(WeightAverage, IsSavedAndLoaded) {
  torch::manual_seed(3);
  NetworkModule module(small_spec(true), ModuleOptions{});
  WeightAverage first(small_spec(true), ModuleOptions{}, 0.99), second(small_spec(true), ModuleOptions{}, 0.99);
  const auto step = [&](WeightAverage& average) { average.update(module); };
  step(first);
  step(first);
  std::stringstream stream;
  torch::serialize::OutputArchive saved;
  first.save(saved);
  saved.save_to(stream);
  torch::serialize::InputArchive loaded;
  loaded.load_from(stream);
  second.load(loaded);
  {
    const torch::NoGradGuard no_gradient;
    module->conv_weight(3).mul_(2);
  }
  step(first);  // the step count was loaded, or this would copy
  step(second);
  EXPECT_TRUE(torch::equal(first.module()->conv_weight(3), second.module()->conv_weight(3)));
}

}  // namespace
}  // namespace stapes
