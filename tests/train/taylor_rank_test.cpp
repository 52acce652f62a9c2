// SPDX-License-Identifier: Apache-2.0
#include "train/prune/taylor_rank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "data/data_set.h"
#include "data/selection.h"
#include "data/training_samples.h"
#include "graph/geometry.h"
#include "graph/networks.h"
#include "support/random_network.h"
#include "support/temp_dir.h"
#include "train/kl_loss.h"
#include "train/network_io.h"
#include "train/training_clips.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int kBatch = 8;

class TaylorRank : public testing::Test {
 protected:
  TaylorRank() {
    test::write_tones(dir_ / "tones", 42);
    data_ = std::make_unique<DataSet>(dir_ / "tones");
    samples_ = std::make_unique<TrainingSamples>(without_fold(select_classes(*data_, "all"), 1),
                                                 AugmentSpec{.window_samples = 1800}, 3);
    network_ = test::RandomNetwork(test::small_spec()).take();
    module_ = NetworkModule(network_.spec, ModuleOptions{});
    load_network(module_, network_);
  }

  // Batch `number` of an epoch of ceil(clips / batch) batches.
  std::pair<torch::Tensor, torch::Tensor> batch(std::uint32_t epoch, std::size_t number) const {
    torch::Tensor waves = torch::empty({kBatch, 1, 1, 1800}), targets = torch::empty({kBatch, 3});
    samples_->fill(epoch, number * kBatch, kBatch, {waves.data_ptr<float>(), kBatch * 1800},
                   {targets.data_ptr<float>(), kBatch * 3}, 1);
    return {waves, targets};
  }

  test::TempDir dir_;
  std::unique_ptr<DataSet> data_;
  std::unique_ptr<TrainingSamples> samples_;
  TrainedNetwork network_;
  NetworkModule module_{nullptr};
};

torch::Tensor tensor(const TrainedNetwork& network, const std::string& name) {
  const FloatTensor& plain = network.tensors.at(name);
  return torch::tensor(plain.values).view(plain.shape);
}

// Reimplements the network. activations[k] is the output of convolution k before batch norm.
torch::Tensor forward(const TrainedNetwork& network, torch::Tensor x, std::vector<torch::Tensor>& activations) {
  const NetworkGeometry geometry = network_geometry(network.spec);
  for (std::size_t i = 0; i < geometry.convs.size(); ++i) {
    const ConvGeometry& g = geometry.convs[i];
    const std::string number = std::to_string(i + 1);
    if (i == 2) x = x.permute({0, 2, 1, 3});
    x = torch::conv2d(x, tensor(network, "conv" + number + ".weight"), {}, {1, g.stride_w}, {g.pad_h, g.pad_w});
    x.set_requires_grad(true).retain_grad();
    activations.push_back(x);
    const auto part = [&](const char* name) { return tensor(network, "bn" + number + name).view({1, -1, 1, 1}); };
    x = (x - part(".running_mean")) / torch::sqrt(part(".running_var") + 1e-5) * part(".weight") + part(".bias");
    x = torch::max_pool2d(torch::relu(x), {g.pool_h, g.pool_w});
  }
  return torch::linear(x.mean({2, 3}), tensor(network, "head.weight"), tensor(network, "head.bias"));
}

// By definition: |sum over batches of mean(activation * gradient)|.
TEST_F(TaylorRank, IsTheMeanOfActivationTimesGradient) {
  ASSERT_EQ(samples_->clips().clips.size(), 21u);
  ASSERT_EQ(pruning_batches(*samples_, kBatch), 3u);  // ceil
  std::vector<torch::Tensor> sums(test::kAcdnetConvs);
  for (std::size_t number = 0; number < 3; ++number) {
    const auto [waves, targets] = batch(5, number);
    std::vector<torch::Tensor> activations;
    kl_loss(forward(network_, waves, activations), targets).backward();
    for (std::size_t conv = 0; conv < sums.size(); ++conv) {
      const torch::Tensor mean = (activations[conv] * activations[conv].grad()).to(torch::kDouble).mean({0, 2, 3});
      sums[conv] = sums[conv].defined() ? sums[conv] + mean : mean;
    }
  }
  const FilterScores scores = taylor_scores(module_, *samples_, 5, kBatch);
  EXPECT_TRUE(scores.parts.empty());
  for (std::size_t conv = 0; conv < sums.size(); ++conv) {
    const torch::Tensor expected = sums[conv].detach().abs();
    ASSERT_EQ(static_cast<std::int64_t>(scores.of_filter[conv].size()), expected.numel());
    const double scale = expected.max().item<double>();
    for (std::int64_t f = 0; f < expected.numel(); ++f) {
      EXPECT_NEAR(scores.of_filter[conv][static_cast<std::size_t>(f)], expected[f].item<double>(), 1e-4 * scale)
          << "conv" << conv + 1 << " filter " << f;
    }
    EXPECT_GT(scale, 0);
  }
}

TEST_F(TaylorRank, AFilterThatSaysNothingRanksLowest) {
  for (const char* part : {"bn6.weight", "bn6.bias"}) network_.tensors[part].values[2] = 0;
  load_network(module_, network_);
  const FilterScores scores = taylor_scores(module_, *samples_, 0, kBatch);
  EXPECT_EQ(scores.of_filter[5][2], 0);
  EXPECT_GT(*std::max_element(scores.of_filter[5].begin(), scores.of_filter[5].end()), 0);
  const FilterId first = removal_order(scores, std::vector<bool>(scores.of_filter.size(), true), 1)
                             .front();  // that filter or another dead one
  EXPECT_EQ(scores.of_filter[static_cast<std::size_t>(first.width)][static_cast<std::size_t>(first.filter)], 0);
}

TEST_F(TaylorRank, LeavesTheNetworkAsItWas) {
  taylor_scores(module_, *samples_, 0, kBatch);
  for (const auto& [name, plain] : to_network(module_).tensors) EXPECT_EQ(plain.values, network_.tensors[name].values);
}

TEST_F(TaylorRank, ANetworkThatOverflowsIsRefused) {
  for (const char* part : {"bn4.weight", "bn8.weight", "head.weight"}) {
    for (float& w : network_.tensors[part].values) w = std::numeric_limits<float>::max();
  }
  load_network(module_, network_);
  EXPECT_THAT([&] { taylor_scores(module_, *samples_, 0, kBatch); }, ThrowsMessage<Error>(HasSubstr("Taylor rank")));
}

}  // namespace
}  // namespace stapes
