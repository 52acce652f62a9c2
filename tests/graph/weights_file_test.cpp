// SPDX-License-Identifier: Apache-2.0
#include "graph/weights_file.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/networks.h"
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
