// SPDX-License-Identifier: Apache-2.0
#include "train/prune/weight_pruner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "graph/networks.h"
#include "support/random_network.h"
#include "train/network_io.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::string> pruned_tensors(int first_conv) {
  std::vector<std::string> names = {"head.weight"};
  for (int conv = first_conv; conv <= test::kAcdnetConvs; ++conv)
    names.push_back("conv" + std::to_string(conv) + ".weight");
  return names;
}

std::vector<float> magnitudes(const TrainedNetwork& network, const std::vector<std::string>& names) {
  std::vector<float> all;
  for (const std::string& name : names) {
    for (const float w : network.tensors.at(name).values) all.push_back(std::fabs(w));
  }
  return all;
}

TEST(WeightPruner, TheLargestWeightsOfAllLayersTogetherStay) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  for (const auto& [scope, first_conv] : {std::pair{PruneScope{}, 1}, {PruneScope{"conv3"}, 3}}) {
    const auto names = pruned_tensors(first_conv);
    std::vector<float> sorted = magnitudes(network, names);
    std::sort(sorted.begin(), sorted.end());
    const auto zeros = static_cast<std::size_t>(0.7 * static_cast<double>(sorted.size()));
    const float threshold = sorted[zeros];  // the smallest weight kept
    const TrainedNetwork sparse = with_largest_weights(network, 0.7, scope);
    const std::vector<float> left = magnitudes(sparse, names);
    EXPECT_EQ(std::count(left.begin(), left.end(), 0.0f), static_cast<std::ptrdiff_t>(zeros));
    for (const auto& [name, tensor] : network.tensors) {
      const bool pruned = std::find(names.begin(), names.end(), name) != names.end();
      for (std::size_t i = 0; i < tensor.values.size(); ++i) {
        const float w = tensor.values[i];
        ASSERT_EQ(sparse.tensors.at(name).values[i], pruned && std::fabs(w) < threshold ? 0.0f : w) << name;
      }
    }
  }
}

// Removes exactly the requested number, even if all weights are equal.
TEST(WeightPruner, TiesAreCutWhereTheCountSays) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  for (auto& [name, tensor] : network.tensors) {
    if (name.ends_with(".weight") && !name.starts_with("bn"))
      std::fill(tensor.values.begin(), tensor.values.end(), 1.0f);
  }
  NetworkModule module(network.spec, ModuleOptions{});
  load_network(module, network);
  const WeightPruner pruner(module, 0.25, PruneScope{});
  EXPECT_NO_THROW(pruner.project());
  const std::vector<float> left = magnitudes(to_network(module), pruned_tensors(1));
  EXPECT_EQ(static_cast<std::int64_t>(left.size()), pruner.weights());
  EXPECT_EQ(std::count(left.begin(), left.end(), 0.0f), pruner.zeroed());
  EXPECT_EQ(pruner.zeroed(), pruner.weights() / 4);
}

// conv7 has the smallest maximum of all layers. Weights below that maximum may go, but no more.
TEST(WeightPruner, ALayerWithoutWeightsIsRefused) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  for (float& w : network.tensors["conv7.weight"].values) w = std::clamp(w * 0.01f, -0.001f, 0.0009f);
  const std::vector<float> all = magnitudes(network, pruned_tensors(1));
  const auto smaller = std::count_if(all.begin(), all.end(), [](float w) { return w < 0.001f; });
  const double most = (static_cast<double>(smaller) + 0.5) / static_cast<double>(all.size());
  EXPECT_NO_THROW(with_largest_weights(network, most, PruneScope{}));
  EXPECT_THAT([&] { with_largest_weights(network, most + 1.0 / static_cast<double>(all.size()), PruneScope{}); },
              ThrowsMessage<UsageError>(HasSubstr(std::to_string(smaller) + " of")));
}

TEST(WeightPruner, RefusesWhatCannotBeDone) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  for (const double ratio : {1.0, -0.1, std::nan("")}) {
    EXPECT_THROW(with_largest_weights(network, ratio, PruneScope{}), UsageError);
  }
  const TrainedNetwork binary = test::RandomNetwork(test::small_spec(true)).take();
  EXPECT_THAT([&] { with_largest_weights(binary, 0.5, PruneScope{}); }, ThrowsMessage<Error>(HasSubstr("binary")));
}

}  // namespace
}  // namespace stapes
