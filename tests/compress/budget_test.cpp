// SPDX-License-Identifier: Apache-2.0
#include "compress/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/philox.h"
#include "compress/pack.h"
#include "compress/quantize.h"
#include "graph/networks.h"
#include "packed/cost.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/random_network.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TrainedNetwork small_network() {
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  network.provenance = R"({"data_hash":"0123456789abcdef","test_fold":1})";
  return network;
}

HostClassifier quantized(const TrainedNetwork& network) {
  Philox random(3, Philox::Purpose::kTest);
  std::vector<std::int16_t> window(static_cast<std::size_t>(input_values(network.spec.input)));
  for (auto& v : window) v = static_cast<std::int16_t>(3000 * random.normal());
  const auto int8 = quantize_post_training(pack_network(network), [&](const auto& use) { use(window); });
  return HostClassifier(std::make_shared<ModelFile>(serialize_model(int8), "test"));
}

TrainedNetwork without_first(const TrainedNetwork& network, const std::vector<FilterId>& order, int count) {
  return without_filters(network, std::span(order).first(static_cast<std::size_t>(count)));
}

TEST(Budget, NeedsAreThoseOfTheRealQuantizedModel) {
  const TrainedNetwork network = small_network();
  const auto order = removal_order(magnitude_scores(network), widths_in_scope(network.spec.graph, {}), 1000);
  for (const int removed : {0, 1, 20, 40}) {
    const TrainedNetwork pruned = without_first(network, order, removed);
    const HostClassifier real = quantized(pruned);
    const DeviceNeeds needs = int8_needs(pruned);
    EXPECT_EQ(needs.flash_bytes, static_cast<std::int64_t>(real.file().blob().size())) << removed;
    EXPECT_EQ(needs.ram_bytes, static_cast<std::int64_t>(real.arena_bytes())) << removed;
    EXPECT_EQ(needs.macs, model_cost(real.model()).macs) << removed;
  }
}

// If all filters of a layer are dead, its range is the default, which files omit.
TEST(Budget, NeedsAreNotBelowThoseOfADeadNetwork) {
  TrainedNetwork dead = small_network();
  for (auto& [name, tensor] : dead.tensors) {
    if (name.ends_with(".bias")) std::fill(tensor.values.begin(), tensor.values.end(), -100.0f);
  }
  EXPECT_GE(int8_needs(dead).flash_bytes, static_cast<std::int64_t>(quantized(dead).file().blob().size()));
}

TEST(Budget, AsFewFiltersGoAsFit) {
  const TrainedNetwork network = small_network();
  const auto order = removal_order(magnitude_scores(network), widths_in_scope(network.spec.graph, {}), 1000);
  const DeviceNeeds whole = int8_needs(network);
  const DeviceNeeds least = int8_needs(without_first(network, order, 82));
  const auto half_way = [&](std::int64_t DeviceNeeds::*need) { return (whole.*need + least.*need) / 2; };
  const std::int64_t macs = half_way(&DeviceNeeds::macs);
  const Budget budgets[] = {{.flash_bytes = half_way(&DeviceNeeds::flash_bytes)},
                            {.ram_bytes = half_way(&DeviceNeeds::ram_bytes)},
                            {.macs = macs},
                            {.flash_bytes = whole.flash_bytes - 1, .macs = macs}};
  for (const Budget& budget : budgets) {
    EXPECT_NO_THROW(refuse_unreachable(network, PruneScope{}, budget));
    const int removed = removals_to_fit(network, order, budget);
    ASSERT_GT(removed, 0);
    EXPECT_TRUE(fits(int8_needs(without_first(network, order, removed)), budget));
    EXPECT_FALSE(fits(int8_needs(without_first(network, order, removed - 1)), budget));
  }
  EXPECT_EQ(removals_to_fit(network, order, {.flash_bytes = whole.flash_bytes}), 0);
}

TEST(Budget, WhatCannotBeReachedIsRefusedWithWhatCan) {
  const TrainedNetwork network = small_network();
  TrainedNetwork smallest = network;
  smallest.spec.graph.widths.assign(test::kAcdnetConvs, 1);
  const DeviceNeeds least = int8_needs(smallest);
  const Budget exactly{.flash_bytes = least.flash_bytes, .ram_bytes = least.ram_bytes, .macs = least.macs};
  EXPECT_NO_THROW(refuse_unreachable(network, PruneScope{}, exactly));
  EXPECT_THAT([&] { refuse_unreachable(network, PruneScope{"conv3"}, exactly); },
              ThrowsMessage<UsageError>(HasSubstr("from conv3 on")));
  Budget below = exactly;
  --*below.flash_bytes;
  EXPECT_THAT([&] { refuse_unreachable(network, PruneScope{}, below); },
              ThrowsMessage<UsageError>(AllOf(HasSubstr("cannot meet the budget"), HasSubstr(to_string(least)))));
  below = exactly;
  below.macs = 0;
  EXPECT_THAT([&] { refuse_unreachable(network, PruneScope{}, below); },
              ThrowsMessage<UsageError>(HasSubstr("at least 1")));
}

}  // namespace
}  // namespace stapes
