// SPDX-License-Identifier: Apache-2.0
#include "stapes/prepared_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "base/philox.h"
#include "kernels/cpu.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_model.h"
#include "stapes/classifier.h"
#include "support/acdnet_models.h"

namespace stapes {
namespace {

std::vector<float> noise(int samples, std::uint64_t seed) {
  Philox rng(seed, Philox::Purpose::kTest);
  std::vector<float> wave(static_cast<std::size_t>(samples));
  for (float& v : wave) v = static_cast<float>(rng.uniform(-0.5, 0.5));
  return wave;
}

// Scores of a Classifier with an arena of exactly the requested size.
template <class Source>
std::vector<float> scores_of(const Source& source, std::size_t arena_bytes, std::span<const float> wave) {
  const AlignedBytes arena = allocate_aligned(arena_bytes);
  Classifier classifier;
  EXPECT_EQ(classifier.load(source, {arena.get(), arena_bytes}), Status::kOk);
  std::vector<float> scores(static_cast<std::size_t>(classifier.class_count()));
  classifier.run(wave, scores);
  return scores;
}
std::vector<float> scores_in_place(const ModelFile& file, std::span<const float> wave) {
  return scores_of(file.blob(), Classifier::arena_bytes(file.blob()), wave);
}
std::vector<float> scores_of(const HostModel& model, std::span<const float> wave) {
  return scores_of(model.prepared(), model.prepared().arena_bytes(), wave);
}

// A route's Micro-ACDNet, or a tiny model.
fb::ModelT micro_or_tiny(const std::string& name) {
  const bool route = name == "fp32" || name == "xnor" || name == "int8";
  return route ? test::acdnet_model(name.c_str(), test::kMicroWidths, 10) : test::tiny_model(name);
}

class EveryRoutePrepared : public testing::TestWithParam<const char*> {
 protected:
  const std::shared_ptr<const ModelFile> file_ =
      std::make_shared<const ModelFile>(serialize_model(micro_or_tiny(GetParam())), "model");
  const std::string route_ = file_->model().route()->str();
};

// Integer scores are bit-identical. Float kernels add in another order: a few thousand terms through 13 layers stay far
// within 1e-4 of the largest score.
TEST_P(EveryRoutePrepared, GivesTheScoresOfTheScalarKernels) {
  const std::vector<float> wave = noise(file_->model().window_samples(), 5);
  const std::vector<float> want = scores_in_place(*file_, wave);
  float largest = 0;
  for (const float v : want) largest = std::fmax(largest, std::fabs(v));
  ASSERT_GT(largest, 0);
  for (int i = 0; i < kIsaCount; ++i) {
    const Isa isa = static_cast<Isa>(i);
    if (!Cpu::detect().can_run(isa)) continue;
    SCOPED_TRACE(to_string(isa));
    const std::vector<float> got = scores_of(HostModel(file_, isa), wave);
    if (route_ != "fp32") {
      EXPECT_EQ(got, want);
      continue;
    }
    for (std::size_t c = 0; c < want.size(); ++c) EXPECT_NEAR(got[c], want[c], 1e-4 * largest) << c;
  }
}

TEST_P(EveryRoutePrepared, ScalarForcedIsScalar) {
  const HostModel model(file_, Isa::kScalar);
  for (int i = 0; i < model.prepared().layer_count(); ++i) EXPECT_EQ(model.prepared().layer_isa(i), Isa::kScalar) << i;
  EXPECT_EQ(model.memory_bytes(), 0u);
  EXPECT_EQ(model.prepared().arena_bytes(), Classifier::arena_bytes(file_->blob()));
}

TEST_P(EveryRoutePrepared, NeedsEveryByte) {
  const std::size_t needed = PreparedModel::memory_bytes(file_->blob());
  const AlignedBytes memory = allocate_aligned(needed + 64);
  PreparedModel model;
  if (needed > 0) {
    EXPECT_EQ(model.load(file_->blob(), {memory.get(), needed - 1}), Status::kArenaTooSmall);
  }
  EXPECT_EQ(model.load(file_->blob(), {memory.get() + 1, needed + 1}), Status::kArenaTooSmall);
  EXPECT_EQ(model.arena_bytes(), 0u);
  ASSERT_EQ(model.load(file_->blob(), {memory.get(), needed}), Status::kOk);
  const AlignedBytes arena = allocate_aligned(model.arena_bytes());
  Classifier classifier;
  EXPECT_EQ(classifier.load(model, {arena.get(), model.arena_bytes() - 1}), Status::kArenaTooSmall);
  EXPECT_EQ(classifier.load(model, {arena.get(), model.arena_bytes()}), Status::kOk);
}

TEST_P(EveryRoutePrepared, IsSharedByThreads) {
  const HostModel model(file_);
  std::vector<std::vector<float>> want, got(4);
  for (std::uint64_t i = 0; i < got.size(); ++i) {
    want.push_back(scores_of(model, noise(file_->model().window_samples(), i)));
  }
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < got.size(); ++i) {
    threads.emplace_back([&, i] { got[i] = scores_of(model, noise(file_->model().window_samples(), i)); });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(got, want);
}

INSTANTIATE_TEST_SUITE_P(Routes, EveryRoutePrepared,
                         testing::Values("fp32", "xnor", "int8", "grouped_fp32", "grouped_int8", "grouped_xnor",
                                         "padded_fp32", "padded_int8", "padded_xnor", "softmax", "logistic",
                                         "pools_fp32", "pools_int8", "rounded_once", "residual_fp32", "residual_int8",
                                         "residual_xnor"));

// Vector kernels run conv2 (the front end's second layer), the depthwise layer and conv4; in a binary model, only the
// depthwise layer.
TEST(PreparedModel, RunsGroupsOnVectors) {
  if (!Cpu::detect().can_run(Isa::kAvx2) && !Cpu::detect().can_run(Isa::kNeon)) GTEST_SKIP() << "no vectors here";
  for (const char* name : {"grouped_fp32", "grouped_int8"}) {
    const HostModel model(std::make_shared<const ModelFile>(serialize_model(test::tiny_model(name)), name));
    for (const int layer : {1, 4, 5}) EXPECT_GE(model.prepared().layer_isa(layer), Isa::kAvx2) << name << layer;
  }
  const HostModel binary(std::make_shared<const ModelFile>(serialize_model(test::tiny_model("grouped_xnor")), "xnor"));
  EXPECT_GE(binary.prepared().layer_isa(4), Isa::kAvx2);
}

TEST(PreparedModel, RefusesBytesThatAreNotAModel) {
  const AlignedBytes bytes = allocate_aligned(128);
  std::fill_n(bytes.get(), 128, std::byte{7});
  PreparedModel model;
  EXPECT_EQ(PreparedModel::memory_bytes({bytes.get(), 128}), 0u);
  EXPECT_EQ(model.load({bytes.get(), 128}, {}), Status::kNotAModel);
  Classifier classifier;
  EXPECT_EQ(classifier.load(model, {}), Status::kNotAModel);
}

}  // namespace
}  // namespace stapes
