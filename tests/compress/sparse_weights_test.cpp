// SPDX-License-Identifier: Apache-2.0
#include "compress/sparse_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/philox.h"
#include "compress/pack.h"
#include "compress/quantize.h"
#include "packed/model_file.h"
#include "packed/sparse.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/calibration_windows.h"
#include "support/random_network.h"
#include "support/sparse_rows.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

std::vector<std::int8_t> random_weights(std::size_t count, double zeros, std::uint32_t number) {
  Philox rng(19, Philox::Purpose::kTest, number);
  std::vector<std::int8_t> weights(count);
  for (std::int8_t& w : weights) {
    if (rng.uniform() >= zeros) w = static_cast<std::int8_t>(1 + static_cast<int>(rng.below(127)));
  }
  return weights;
}

TEST(SparseForm, IsWhatTheSchemaSaysAndComesBack) {
  for (const std::size_t row : {1u, 3u, 255u, 256u, 257u, 1536u}) {
    for (const double zeros : {0.0, 0.5, 0.95, 0.999, 1.0}) {
      const auto weights = random_weights(4 * row, zeros, static_cast<std::uint32_t>(row));
      const auto sparse = sparse_form(weights, row);
      ASSERT_NE(sparse, nullptr);
      const auto want = test::sparse_rows(weights, row);
      EXPECT_EQ(sparse->entries, want->entries) << row << ' ' << zeros;
      EXPECT_EQ(sparse->gaps, want->gaps) << row << ' ' << zeros;
      EXPECT_EQ(sparse->values, want->values) << row << ' ' << zeros;
      EXPECT_EQ(dense_form(*sparse, row), weights) << row << ' ' << zeros;
      const WeightStorage storage = dense_weight_storage(weights.data(), static_cast<std::int64_t>(weights.size()),
                                                         static_cast<std::int64_t>(row));
      EXPECT_EQ(storage.sparse_bytes, 2 * 4 + 2 * static_cast<std::int64_t>(sparse->values.size()));
      EXPECT_EQ(storage.zeros, std::ranges::count(weights, 0));
    }
  }
}

TEST(SparseForm, ARunOf256ZerosHasAPairOfItsOwn) {
  std::vector<std::int8_t> weights(600);
  weights[255] = 5;  // after 255 zeros
  weights[512] = 6;  // after 256 more
  const auto sparse = sparse_form(weights, 600);
  EXPECT_EQ(sparse->gaps, (std::vector<std::uint8_t>{255, 255, 0}));
  EXPECT_EQ(sparse->values, (std::vector<std::int8_t>{5, 0, 6}));
}

TEST(SparseForm, IsMissingForRowsWithTooManyWeights) {
  EXPECT_NE(sparse_form(std::vector<std::int8_t>(65535, 1), 65535), nullptr);
  EXPECT_EQ(sparse_form(std::vector<std::int8_t>(65536, 1), 65536), nullptr);
}

TrainedNetwork weight_sparse_network(double zeros) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  for (auto& [name, tensor] : network.tensors) {
    if (!name.starts_with("conv")) continue;
    std::vector<float> sizes;
    for (const float w : tensor.values) sizes.push_back(std::fabs(w));
    std::ranges::sort(sizes);
    const float least = sizes[static_cast<std::size_t>(zeros * static_cast<double>(sizes.size() - 1))];
    for (float& w : tensor.values) w = std::fabs(w) < least ? 0 : w;
  }
  return network;
}

std::vector<float> scores(const fb::ModelT& model) {
  HostClassifier classifier(std::make_shared<ModelFile>(serialize_model(model), "test"));
  return classifier.run_pcm(test::noise_window(50, model.window_samples));
}

TEST(SparseWeights, AreStoredWhereThatIsSmallerAndFasterAndGiveTheSameScores) {
  const fb::ModelT fp32 = pack_network(weight_sparse_network(0.95));
  const fb::ModelT sparse = quantize_post_training(fp32, test::noise(5, fp32.window_samples));
  fb::ModelT dense = quantize_post_training(fp32, test::noise(5, fp32.window_samples));
  int layers = 0;
  for (const auto& layer : dense.layers) {
    fb::ConvI8T* op = layer->op.AsConvI8();
    if (op == nullptr || op->sparse == nullptr) continue;
    ++layers;
    EXPECT_TRUE(op->weights.empty());
    const auto in = dense.tensors[static_cast<std::size_t>(layer->inputs.front())]->channels;
    op->weights = dense_form(*op->sparse, static_cast<std::size_t>(op->window->kernel_w() * in));
    op->sparse.reset();
  }
  EXPECT_GE(layers, 10);
  EXPECT_EQ(scores(sparse), scores(dense));
  EXPECT_LT(serialize_model(sparse).size(), serialize_model(dense).size());
}

TEST(SparseWeights, StayDenseWithFewZeros) {
  const fb::ModelT fp32 = pack_network(weight_sparse_network(0.5));
  const fb::ModelT model = quantize_post_training(fp32, test::noise(2, fp32.window_samples));
  for (const auto& layer : model.layers) {
    const fb::ConvI8T* op = layer->op.AsConvI8();
    EXPECT_TRUE(op == nullptr || op->sparse == nullptr) << layer->name;
  }
}

TEST(SparseWeights, StayDenseWithGroups) {
  fb::ModelT model = test::tiny_model("grouped_int8");
  for (const auto& layer : model.layers) {
    if (fb::ConvI8T* op = layer->op.AsConvI8()) std::fill(op->weights.begin(), op->weights.end(), std::int8_t{0});
  }
  store_sparse_where_better(model);
  const auto is_sparse = [&](std::size_t i) { return model.layers[i]->op.AsConvI8()->sparse != nullptr; };
  EXPECT_TRUE(is_sparse(3));
  for (const std::size_t grouped : {1u, 4u, 5u}) EXPECT_FALSE(is_sparse(grouped)) << grouped;
  serialize_model(model);
}

TEST(SparseWeights, MayBeNothingButZeros) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  for (float& w : network.tensors["conv5.weight"].values) w = 0;
  const fb::ModelT fp32 = pack_network(network);
  const fb::ModelT model = quantize_post_training(fp32, test::noise(2, fp32.window_samples));
  EXPECT_NE(model.layers[5]->op.AsConvI8()->sparse, nullptr);
  for (const float score : scores(model)) EXPECT_TRUE(std::isfinite(score));
  const ModelFile file(serialize_model(model), "test");
  const WeightStorage storage = weight_storage(file.model(), *file.model().layers()->Get(5));
  EXPECT_TRUE(storage.is_sparse);
  EXPECT_EQ(storage.zeros, storage.weights);
}

}  // namespace
}  // namespace stapes
