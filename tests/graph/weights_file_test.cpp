// SPDX-License-Identifier: Apache-2.0
#include "graph/weights_file.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/networks.h"
#include "packed/container.h"
#include "support/paths.h"
#include "support/random_network.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

TEST(WeightsFile, WhatIsWrittenIsReadBack) {
  const test::TempDir dir;
  const TrainedNetwork network = test::RandomNetwork(test::small_spec(true)).take();
  write_network(dir / "a.network", network, Existing::kRefuse);
  const TrainedNetwork read = read_network(dir / "a.network");
  EXPECT_EQ(read.spec.graph.widths, network.spec.graph.widths);
  EXPECT_TRUE(read.spec.binary);
  EXPECT_EQ(read.labels, network.labels);
  ASSERT_EQ(read.tensors.size(), network.tensors.size());
  for (const auto& [name, tensor] : network.tensors) {
    EXPECT_EQ(read.tensors.at(name).values, tensor.values) << name;
    EXPECT_EQ(read.tensors.at(name).shape, tensor.shape) << name;
  }
}

TEST(WeightsFile, FeaturesKeepTheirSize) {
  const test::TempDir dir;
  const NetworkSpec spec = test::spec_of_nodes(
      FeatureSize{21, 10, 2}, "{ name = \"conv1\", op = \"conv\", kernel = [4, 3], stride = 2, filters = 5 },");
  EXPECT_EQ(spec.graph.input, GraphInput::kFeatures);
  EXPECT_EQ(network_geometry(spec).convs.front().out_h, 9);
  write_network(dir / "a.network", test::RandomNetwork(spec).take(), Existing::kRefuse);
  EXPECT_EQ(read_network(dir / "a.network").spec.input, NetworkInput(FeatureSize{21, 10, 2}));
  for (const FeatureSize& size : {FeatureSize{0, 10, 2}, FeatureSize{1 << 10, 1 << 10, 2}, FeatureSize{-1, -1, 1}}) {
    NetworkSpec other = spec;
    other.input = size;
    EXPECT_THROW(network_geometry(other), Error);
  }
}

TEST(WeightsFile, ARunFolderStandsForItsWeights) {
  const test::TempDir dir;
  write_network(dir / kWeightsFileName, test::RandomNetwork(test::small_spec()).take(), Existing::kRefuse);
  EXPECT_EQ(read_network(dir.path()).spec.class_count, 3);
}

TEST(WeightsFile, ABrokenNetworkIsNotWritten) {
  const test::TempDir dir;
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  network.tensors.erase("conv1.weight");
  EXPECT_THROW(write_network(dir / "a.network", network, Existing::kRefuse), Error);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

// Version 0.2.0 stored a family and its widths. The first file is also read as format version 1.
TEST(WeightsFile, OlderFilesAreRead) {
  const std::filesystem::path old = test::tests_dir() / "graph/old";
  const TrainedNetwork acdnet = read_network(old / "acdnet.network");
  EXPECT_EQ(acdnet.spec.graph.nodes, named_graph("acdnet", 10).nodes);
  EXPECT_EQ(acdnet.spec.graph.widths, (std::vector<int>{2, 3, 2, 2, 2, 2, 3, 2, 2, 2, 2, 3}));
  EXPECT_EQ(acdnet.spec.input, NetworkInput(AudioInput{20000, 30225}));
  const TrainedNetwork binary = read_network(old / "binary_acdnet.network");
  EXPECT_TRUE(binary.spec.binary && binary.spec.form.rprelu);
  EXPECT_EQ(binary.spec.form.keep_8_bit, (std::vector<std::string>{"conv2", "conv3", "conv12"}));
  const TrainedNetwork resnet = read_network(old / "resnet18.network");
  EXPECT_EQ(resnet.spec.input, NetworkInput(ImageSize{16, 16, 3}));
  EXPECT_EQ(resnet.spec.graph.widths, (std::vector<int>{2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5}));

  const test::TempDir dir;
  std::vector<std::byte> first = read_file(old / "acdnet.network");
  const auto payload = std::span(first).subspan(kContainerHeaderBytes);
  const auto header = container_header({kNetworkContainer.magic, 1}, payload);
  std::copy(header.begin(), header.end(), first.begin());
  write_file(dir / "first.network", first, Existing::kRefuse);
  EXPECT_EQ(read_network(dir / "first.network").tensors.size(), acdnet.tensors.size());
}

// Runs started with version 0.2.0 identify their parents by these bytes.
TEST(WeightsFile, OlderFilesAreWrittenAsTheyWere) {
  for (const char* name : {"acdnet.network", "binary_acdnet.network", "resnet18.network"}) {
    const std::vector<std::byte> file = read_file(test::tests_dir() / "graph/old" / name);
    const std::vector<std::byte> payload(file.begin() + kContainerHeaderBytes, file.end());
    EXPECT_TRUE(serialize_as_version_2(read_network(test::tests_dir() / "graph/old" / name)) == payload) << name;
  }
  const NetworkSpec other = named_network("ds-cnn", 3, AudioInput{8000, 4000});
  EXPECT_TRUE(serialize_as_version_2(test::RandomNetwork(other).take()).empty()) << "version 2 could not hold it";
}

TEST(WeightsFile, EveryTruncationAndFlipIsFound) {
  const test::TempDir dir;
  NetworkSpec spec = test::small_spec();
  spec.graph.widths.assign(test::kAcdnetConvs, 1);
  write_network(dir / "a.network", test::RandomNetwork(spec).take(), Existing::kRefuse);
  const std::vector<std::byte> whole = read_file(dir / "a.network");
  const auto refused = [&](const std::vector<std::byte>& bytes) {
    write_file(dir / "b.network", bytes, Existing::kReplace);
    try {
      read_network(dir / "b.network");
      return false;
    } catch (const Error&) {
      return true;
    }
  };
  for (std::size_t size = 0; size < whole.size(); size += 61) {
    EXPECT_TRUE(refused({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)})) << size << " bytes";
  }
  for (std::size_t at = 0; at < whole.size(); at += 13) {
    std::vector<std::byte> flipped = whole;
    flipped[at] ^= std::byte{0x10};
    EXPECT_TRUE(refused(flipped)) << "byte " << at;
  }
}

}  // namespace
}  // namespace stapes
