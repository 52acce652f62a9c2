// SPDX-License-Identifier: Apache-2.0
#include "compress/pack.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "graph/networks.h"
#include "packed/cost.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "support/random_network.h"

namespace stapes {
namespace {

// tests/train/packed_agreement_test.cpp compares packed networks with the trained ones (libtorch).

NetworkSpec micro(bool binary) {
  NetworkSpec spec = named_network("micro-acdnet", 10, AudioInput{20000, 30225});
  spec.binary = binary;
  return spec;
}

TEST(Pack, CostsAreThePublishedOnes) {
  const std::vector<std::byte> blob = serialize_model(pack_network(test::RandomNetwork(micro(false)).take()));
  const Cost cost = model_cost(ModelFile(blob, "test").model());
  EXPECT_EQ(cost.macs, 14284214);  // published: Micro-ACDNet, 10 classes
  EXPECT_EQ(cost.parameters_32bit, 129514);
}

TEST(Pack, ABinaryModelIsAlmostAllBits) {
  const std::vector<std::byte> blob = serialize_model(pack_network(test::RandomNetwork(micro(true)).take()));
  const Cost cost = model_cost(ModelFile(blob, "test").model());
  EXPECT_EQ(cost.macs, 14284214);
  EXPECT_EQ(cost.binary_macs, 14284214 - 15109 * 7 * 9 - 480);  // all but conv1 and the head
  EXPECT_LT(blob.size(), 32000u);
}

TEST(Pack, TheFirstLayersSumsCannotOverflow) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec(true)).take();
  auto& weights = network.tensors["conv1.weight"].values;
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = i % 9 == 0 ? 1000.0f : 1e-4f;  // one weight dominates
  for (std::size_t i = 9; i < 18; ++i) weights[i] = 1.0f;                                      // all equal
  for (std::size_t i = 18; i < 27; ++i) weights[i] = 0.0f;                                     // all 0
  const fb::ModelT model = pack_network(network);
  const auto& packed = model.layers.front()->op.AsConvPcm()->weights;
  for (std::size_t filter = 0; filter < 3; ++filter) {
    int sum = 0;
    for (std::size_t tap = 0; tap < 9; ++tap) sum += std::abs(packed[filter * 9 + tap]);
    EXPECT_LE(sum, 65535);
  }
  EXPECT_EQ(packed[0], 32767);
}

TEST(Pack, AnInvertedBatchNormFallsOnlyWhereNothingIsPooled) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec(true)).take();
  network.tensors["bn1.weight"].values[0] = -1;
  network.tensors["bn1.bias"].values[0] = 1;
  network.tensors["bn2.bias"].values[0] = -0.5;
  const fb::ModelT model = pack_network(network);
  EXPECT_EQ(model.layers.front()->op.AsConvPcm()->thresholds->falling[0], 1);
  EXPECT_NO_THROW(serialize_model(model));
}

}  // namespace
}  // namespace stapes
