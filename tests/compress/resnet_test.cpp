// SPDX-License-Identifier: Apache-2.0
// resnet_test.cpp: packs and prunes a residual network. tests/train/packed_resnet_test.cpp compares it with the trained
// one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/philox.h"
#include "compress/pack.h"
#include "compress/prune.h"
#include "graph/geometry.h"
#include "graph/networks.h"
#include "packed/cost.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/random_network.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TrainedNetwork full_width(bool binary) {
  NetworkSpec spec = named_network("resnet18", 10, ImageSize{32, 32, 3});
  spec.binary = binary;
  return test::RandomNetwork(spec).take();
}

std::vector<float> logits_of(const TrainedNetwork& network) {
  HostClassifier classifier(std::make_shared<ModelFile>(serialize_model(pack_network(network)), "test"));
  std::vector<float> image(static_cast<std::size_t>(input_values(network.spec.input)));
  Philox rng(3, Philox::Purpose::kTest);
  for (float& v : image) v = static_cast<float>(rng.uniform(-1, 1));
  return classifier.run(image);
}

void expect_equal_logits(const TrainedNetwork& a, const TrainedNetwork& b, const std::string& what) {
  const std::vector<float> want = logits_of(a), got = logits_of(b);
  for (std::size_t c = 0; c < want.size(); ++c) {
    EXPECT_NEAR(got[c], want[c], 1e-5 * std::max(1.0f, std::fabs(want[c]))) << what;
  }
}

// The convolutions have 218,729,216 MACs (tests/graph/resnet_test.cpp); the head adds 5,120.
TEST(PackedResnet, AtFullWidthBitsTakeATwentyFifthOfTheBytes) {
  const std::vector<std::byte> fp32 = serialize_model(pack_network(full_width(false)));
  const std::vector<std::byte> bits = serialize_model(pack_network(full_width(true)));
  EXPECT_GE(static_cast<double>(fp32.size()), 25.0 * static_cast<double>(bits.size()))
      << fp32.size() << " to " << bits.size();
  const Cost exact = model_cost(ModelFile(fp32, "test").model()), binary = model_cost(ModelFile(bits, "test").model());
  EXPECT_EQ(exact.macs, 218'729'216 + 5'120);
  EXPECT_EQ(binary.macs, exact.macs);
  EXPECT_EQ(binary.binary_macs, exact.macs - 559'872 - 5'120);
}

TEST(PackedResnet, SumsTooWideForSixteenBitsAreRefused) {
  NetworkSpec spec = test::small_resnet_spec(true);
  spec.graph.widths[1] = 3700;  // read by block1conv2: 9 * 3700 = 33300
  EXPECT_THAT([&] { pack_network(test::RandomNetwork(spec).take()); },
              ThrowsMessage<Error>(HasSubstr("block1conv2 adds 33300 bits")));
}

// If every branch leaves a stream channel at 0, removing it must not change the scores.
TEST(PruneResnet, RemovingASilentFilterChangesNothing) {
  const TrainedNetwork original = test::RandomNetwork(test::small_resnet_spec()).take();
  const NetworkGeometry geometry = network_geometry(original.spec);
  for (int width = 0; width < static_cast<int>(original.spec.graph.widths.size()); ++width) {
    TrainedNetwork silent = original;
    for (const ConvGeometry& conv : geometry.convs) {
      if (conv.out_width != width) continue;
      silent.tensors[conv.norm + ".weight"].values[1] = 0;
      silent.tensors[conv.norm + ".bias"].values[1] = 0;
    }
    const TrainedNetwork smaller = without_filters(silent, std::vector<FilterId>{{width, 1}});
    EXPECT_NO_THROW(check_tensors(smaller));
    expect_equal_logits(silent, smaller, "width " + std::to_string(width));
  }
}

// Both inputs of an addition lose the channels with the smallest magnitude over all layers that write the stream.
TEST(PruneResnet, AChannelOfAStreamIsRankedByAllThatWriteIt) {
  TrainedNetwork network = test::RandomNetwork(test::small_resnet_spec()).take();
  for (const char* name : {"block3conv2.weight", "block3projection.weight", "block4conv2.weight"}) {
    FloatTensor& weights = network.tensors[name];
    const std::size_t filter = weights.values.size() / static_cast<std::size_t>(weights.shape[0]);
    for (std::size_t i = 0; i < filter; ++i) weights.values[2 * filter + i] *= 1e-3f;
  }
  const std::vector<FilterId> first =
      removal_order(magnitude_scores(network), widths_in_scope(network.spec.graph, {}), 1);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first.front(), (FilterId{3, 2}));
  const TrainedNetwork pruned = without_filters(network, first);
  EXPECT_EQ(pruned.tensors.at("block3conv2.weight").shape[0], 8);
  EXPECT_EQ(pruned.tensors.at("block3projection.weight").shape[0], 8);
  EXPECT_EQ(pruned.tensors.at("block4conv1.weight").shape[1], 8);
  EXPECT_EQ(pruned.tensors.at("block5projection.weight").shape[1], 8);
}

TEST(PruneResnet, ManyMagnitudesAtOnceAreThoseOfOneAfterTheOther) {
  const TrainedNetwork network = test::RandomNetwork(test::small_resnet_spec()).take();
  TrainedNetwork one_by_one = network;
  for (int i = 0; i < 60; ++i) {
    one_by_one = without_filters(
        one_by_one, removal_order(magnitude_scores(one_by_one), widths_in_scope(one_by_one.spec.graph, {}), 1));
  }
  const TrainedNetwork at_once =
      without_filters(network, removal_order(magnitude_scores(network), widths_in_scope(network.spec.graph, {}), 60));
  EXPECT_EQ(at_once.spec.graph.widths, one_by_one.spec.graph.widths);
  for (const auto& [name, tensor] : one_by_one.tensors)
    EXPECT_EQ(at_once.tensors.at(name).values, tensor.values) << name;
}

TEST(PruneResnet, EveryWidthKeepsAFilter) {
  const TrainedNetwork network = test::RandomNetwork(test::small_resnet_spec()).take();
  const auto all = removal_order(magnitude_scores(network), widths_in_scope(network.spec.graph, {}), 1'000'000);
  EXPECT_EQ(static_cast<int>(all.size()), removable_filters(network.spec.graph, PruneScope{}));
  const TrainedNetwork least = without_filters(network, all);
  EXPECT_EQ(least.spec.graph.widths, std::vector<int>(12, 1));
  EXPECT_NO_THROW(check_tensors(least));
}

TEST(PruneResnet, TheScopeOfAcdnetIsRefused) {
  EXPECT_THAT([] { parse_prune_scope(test::small_resnet_spec().graph, "tfeb"); },
              ThrowsMessage<UsageError>(HasSubstr("resnet18 has no transpose; choose network")));
}

}  // namespace
}  // namespace stapes
