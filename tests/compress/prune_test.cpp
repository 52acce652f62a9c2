// SPDX-License-Identifier: Apache-2.0
#include "compress/prune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/philox.h"
#include "compress/pack.h"
#include "graph/geometry.h"
#include "graph/networks.h"
#include "graph/node_names.h"
#include "packed/cost.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/random_network.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<float> run(const TrainedNetwork& network) {
  HostClassifier classifier(std::make_shared<ModelFile>(serialize_model(pack_network(network)), "test"));
  std::vector<float> wave(static_cast<std::size_t>(input_values(network.spec.input)));
  Philox rng(3, Philox::Purpose::kTest);
  for (float& v : wave) v = static_cast<float>(rng.normal() * 0.3);
  return classifier.run(wave);
}

const PruneScope kTfeb{"conv3"};

int all_filters(const TrainedNetwork& network) { return filters_in_scope(network.spec.graph, PruneScope{}); }

TrainedNetwork by_magnitude(const TrainedNetwork& network, double ratio, PruneScope scope = PruneScope{}) {
  const int count = filters_to_remove(network.spec.graph, scope, ratio);
  return without_filters(network,
                         removal_order(magnitude_scores(network), widths_in_scope(network.spec.graph, scope), count));
}

// A filter whose batch norm outputs 0 has no effect.
TEST(Prune, RemovingASilentFilterChangesNothing) {
  const TrainedNetwork original = test::RandomNetwork(test::small_spec()).take();
  for (int conv = 0; conv < test::kAcdnetConvs; ++conv) {
    if (conv == 1) continue;  // conv2's filters become rows in the transpose; tested below
    TrainedNetwork silent = original;
    const std::string norm = "bn" + std::to_string(conv + 1);
    silent.tensors[norm + ".weight"].values[1] = 0;
    silent.tensors[norm + ".bias"].values[1] = 0;
    const TrainedNetwork smaller = without_filters(silent, std::vector<FilterId>{{conv, 1}});
    EXPECT_EQ(smaller.spec.graph.widths[static_cast<std::size_t>(conv)],
              original.spec.graph.widths[static_cast<std::size_t>(conv)] - 1);
    const std::vector<float> before = run(silent), after = run(smaller);
    for (std::size_t c = 0; c < before.size(); ++c) {
      EXPECT_NEAR(before[c], after[c], 1e-5 * std::max(1.0f, std::fabs(before[c]))) << "conv" << conv + 1;
    }
  }
}

TEST(Prune, AFilterOfConv2TakesARowOfHeightWithIt) {
  const TrainedNetwork original = test::RandomNetwork(test::small_spec()).take();
  const TrainedNetwork smaller = without_filters(original, std::vector<FilterId>{{1, 0}});
  EXPECT_EQ(network_geometry(smaller.spec).convs[2].in_h, network_geometry(original.spec).convs[2].in_h - 1);
  EXPECT_EQ(smaller.tensors.at("conv3.weight").shape, original.tensors.at("conv3.weight").shape);
  EXPECT_NO_THROW(check_tensors(smaller));
}

TEST(Prune, TheWeakestFilterGoesFirst) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  FloatTensor& conv5 = network.tensors["conv5.weight"];
  const std::size_t filter = conv5.values.size() / static_cast<std::size_t>(conv5.shape[0]);
  for (std::size_t i = 0; i < filter; ++i) conv5.values[2 * filter + i] *= 1e-3f;
  const TrainedNetwork pruned = by_magnitude(network, 1.001 / all_filters(network));
  EXPECT_EQ(pruned.spec.graph.widths[4], network.spec.graph.widths[4] - 1);
  EXPECT_EQ(pruned.tensors.at("conv5.weight").values[2 * filter], conv5.values[3 * filter]);
}

// The reference recomputes all scores after each removal, so it need not update norms or subtract the
// contributions of removed inputs.
TEST(Prune, ManyMagnitudesAtOnceAreThoseOfOneAfterTheOther) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  TrainedNetwork one_by_one = network;
  for (int i = 0; i < 60; ++i) {
    const auto first = removal_order(magnitude_scores(one_by_one), widths_in_scope(one_by_one.spec.graph, {}), 1);
    one_by_one = without_filters(one_by_one, first);
  }
  const TrainedNetwork at_once = by_magnitude(network, 60.5 / all_filters(network));
  EXPECT_EQ(at_once.spec.graph.widths, one_by_one.spec.graph.widths);
  for (const auto& [name, tensor] : one_by_one.tensors)
    EXPECT_EQ(at_once.tensors.at(name).values, tensor.values) << name;
}

// By hand: width 3 has scores 0.8 and 0.6 with norm 1; width 7 has three of 1 with norm sqrt(3). One of these three has
// the lowest rank, 0.577. The other two then have rank 0.707, so 0.6 goes. The remaining 0.8 has rank 1.
TEST(Prune, RanksAreNormalizedOverTheFiltersThatAreLeft) {
  FilterScores scores;
  scores.of_filter.assign(test::kAcdnetConvs, {1});
  scores.of_filter[3] = {0.8, 0.6};
  scores.of_filter[7] = {1, 1, 1};
  const std::vector<FilterId> expected = {{7, 0}, {3, 1}, {7, 1}};
  EXPECT_EQ(removal_order(scores, std::vector<bool>(scores.of_filter.size(), true), 100), expected);
}

TEST(Prune, TheResultIsPhysicallySmallerAndStillRuns) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  EXPECT_EQ(all_filters(network), 94);
  const TrainedNetwork pruned = by_magnitude(network, 0.5);
  EXPECT_EQ(all_filters(pruned), 47);
  check_tensors(pruned);
  const auto bytes = [](const TrainedNetwork& n) { return serialize_model(pack_network(n)).size(); };
  EXPECT_LT(bytes(pruned), bytes(network) / 2);
  EXPECT_EQ(run(pruned).size(), 3u);
}

TEST(Prune, TheFrontEndStaysOutsideTheTfeb) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  EXPECT_EQ(filters_in_scope(network.spec.graph, kTfeb), 94 - 3 - 6);
  const TrainedNetwork pruned = by_magnitude(network, 0.8, kTfeb);
  EXPECT_EQ(pruned.spec.graph.widths[0], network.spec.graph.widths[0]);
  EXPECT_EQ(pruned.spec.graph.widths[1], network.spec.graph.widths[1]);
  EXPECT_EQ(filters_in_scope(pruned.spec.graph, kTfeb), 85 - 68);
}

// Down to one filter per layer, and so to a height of 1 after the transpose.
TEST(Prune, EverythingThatCanGoCanGo) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  const auto order = removal_order(magnitude_scores(network), widths_in_scope(network.spec.graph, {}), 1000);
  ASSERT_EQ(order.size(), 94u - 12u);
  for (std::size_t count = 0; count <= order.size(); count += 2) {
    const TrainedNetwork pruned = without_filters(network, std::span(order).first(count));
    EXPECT_EQ(run(pruned).size(), 3u) << count;
  }
}

// Parameters and MACs by the paper's formulas.
struct Counted {
  std::int64_t parameters = 0, macs = 0;
};

Counted count_by_hand(const NetworkSpec& spec) {
  const auto& w = spec.graph.widths;
  Counted counted;
  const auto add = [&](std::int64_t out, std::int64_t in, std::int64_t kernel, std::int64_t positions) {
    counted.parameters += out * in * kernel + 2 * out;
    counted.macs += out * in * kernel * positions;
  };
  const std::int64_t after1 = (input_values(spec.input) - 9) / 2 + 1, after2 = (after1 - 5) / 2 + 1;
  add(w[0], 1, 9, after1);
  add(w[1], w[0], 5, after2);
  std::int64_t height = w[1], width = after2 / (sample_rate_hz(spec.input) / 1000 * 10 / 4), in = 1;
  for (int conv = 2; conv < 12; ++conv) {
    const std::int64_t kernel = conv == 11 ? 1 : 9;
    add(w[static_cast<std::size_t>(conv)], in, kernel, height * width);
    in = w[static_cast<std::size_t>(conv)];
    if (conv % 2 != 0 || conv == 11) continue;  // pools follow conv3, conv5, conv7, conv9, conv11
    if (height >= 2) height /= 2;
    if (width >= 2) width /= 2;
  }
  counted.parameters += in * spec.class_count + spec.class_count;
  counted.macs += in * spec.class_count;
  return counted;
}

// 80 % of 2074 filters leaves 415.
TEST(Prune, AcdnetAtEightyPercentCountsAsThePaperDoes) {
  const NetworkSpec spec = named_network("acdnet", 50, AudioInput{20000, 30225});
  EXPECT_EQ(count_by_hand(spec).macs, 541869356);  // published: 541.87 M
  EXPECT_EQ(filters_in_scope(spec.graph, PruneScope{}), 2074);
  EXPECT_EQ(filters_to_remove(spec.graph, PruneScope{}, 0.8), 1659);
  const TrainedNetwork network = test::RandomNetwork(spec).take();
  const TrainedNetwork pruned = by_magnitude(network, 0.8);
  EXPECT_EQ(all_filters(pruned), 415);
  for (const int width : pruned.spec.graph.widths) EXPECT_GE(width, 1);
  const ModelFile packed(serialize_model(pack_network(pruned)), "pruned");
  const Cost cost = model_cost(packed.model());
  const Counted expected = count_by_hand(pruned.spec);
  EXPECT_EQ(cost.parameters(), expected.parameters);
  EXPECT_EQ(cost.macs, expected.macs);
  EXPECT_LT(cost.macs, 541869356 / 4);
}

// Layers that read the filter through a separate max-pool also lose it. The scores stay the same.
TEST(Prune, FiltersGoThroughSeparateMaxPools) {
  const NetworkSpec spec = test::spec_of_nodes(AudioInput{8000, 4000}, R"(
  { name = "a", op = "conv", kernel = [1, 9], stride = [1, 8], pad = [0, 0, 0, 4], filters = 6 },
  { name = "m", op = "max-pool", pool = [1, 3], stride = [1, 2], pad = [0, 0, 0, 1] },
  { name = "b", op = "conv", kernel = [1, 4], pad = "same", filters = 6 },
  { name = "sum", op = "add", inputs = ["m", "b"] },
)");
  TrainedNetwork silent = test::RandomNetwork(spec).take();
  for (const char* node : {"a", "b"}) {
    silent.tensors.at(norm_name(node) + ".weight").values[2] = 0;
    silent.tensors.at(norm_name(node) + ".bias").values[2] = 0;
  }
  ASSERT_EQ(silent.spec.graph.widths.size(), 1u) << "the addition ties both convolutions";
  const TrainedNetwork smaller = without_filters(silent, std::vector<FilterId>{{0, 2}});
  EXPECT_EQ(smaller.spec.graph.widths[0], 5);
  const std::vector<float> before = run(silent), after = run(smaller);
  for (std::size_t c = 0; c < before.size(); ++c) {
    EXPECT_NEAR(before[c], after[c], 1e-5 * std::max(1.0f, std::fabs(before[c])));
  }
}

// The input, layers without filters, and channels split into groups are not pruned.
TEST(Prune, WhatHasNoFiltersStays) {
  const NetworkSpec spec = test::spec_of_nodes(ImageSize{16, 16, 3}, R"(
  { name = "a", op = "conv", kernel = 3, groups = "depthwise" },
  { name = "b", op = "conv", kernel = 1, filters = 8 },
  { name = "c", op = "conv", kernel = 3, groups = 4, filters = 8 },
  { name = "d", op = "conv", kernel = 1, filters = 6, norm = false },
)");
  const TrainedNetwork network = test::RandomNetwork(spec).take();
  EXPECT_EQ(filters_in_scope(spec.graph, {}), 6);
  const TrainedNetwork pruned = by_magnitude(network, 0.5);
  EXPECT_EQ(pruned.spec.graph.widths, (std::vector<int>{8, 8, 3}));
  EXPECT_NO_THROW(check_tensors(pruned));
  EXPECT_NO_THROW(serialize_model(pack_network(pruned)));
}

TEST(Prune, RefusesWhatCannotBeDone) {
  const NetworkSpec spec = test::small_spec();
  const auto refused = [&](double ratio, PruneScope scope) { return filters_to_remove(spec.graph, scope, ratio); };
  EXPECT_THAT([&] { refused(0.99, PruneScope{}); },
              ThrowsMessage<UsageError>(HasSubstr("at most 0.8723 is possible (82 of 94 filters)")));
  EXPECT_EQ(refused(82.0 / 94 + 1e-9, PruneScope{}), 82);
  EXPECT_THAT([&] { refused(0.99, kTfeb); },
              ThrowsMessage<UsageError>(HasSubstr("at most 0.8824 is possible (75 of 85 filters)")));
  for (const double ratio : {1.0, -0.1, std::nan("")}) EXPECT_THROW(refused(ratio, PruneScope{}), UsageError);
  const TrainedNetwork binary = test::RandomNetwork(test::small_spec(true)).take();
  EXPECT_THAT([&] { magnitude_scores(binary); }, ThrowsMessage<Error>(HasSubstr("binary")));
  EXPECT_THAT([&] { without_filters(binary, {}); }, ThrowsMessage<Error>(HasSubstr("binary")));
  EXPECT_THAT([] { parse_prune_scope(test::small_spec().graph, "head"); },
              ThrowsMessage<UsageError>(HasSubstr("expected network, the first convolution to prune, or tfeb")));
  const NetworkSpec transposed = test::spec_of_nodes(AudioInput{8000, 1800}, R"(
  { name = "a", op = "conv", kernel = [1, 9], filters = 4 },
  { name = "t", op = "transpose" },
)");
  EXPECT_THAT([&] { parse_prune_scope(transposed.graph, "tfeb"); },
              ThrowsMessage<UsageError>(HasSubstr("net has no convolution after its transpose; choose network")));
}

}  // namespace
}  // namespace stapes
