// SPDX-License-Identifier: Apache-2.0
#include "stapes/classifier.h"

#include <gtest/gtest.h>

#include <cstring>

#include "packed/model_file.h"
#include "packed/writer.h"
#include "support/count_allocations.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

constexpr std::byte kCanary{0xC7};

fb::ModelT model_of(const std::string& route) { return test::tiny_model(route); }

class ClassifierTest : public testing::TestWithParam<const char*> {
 protected:
  ClassifierTest() : file_(serialize_model(model_of(GetParam())), "tiny") {
    needed_ = Classifier::arena_bytes(file_.blob());
    // At least 64 bytes of canary on both sides.
    memory_.assign(needed_ + 256, kCanary);
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    arena_ = std::span(memory_.data() + (128 - address % 64), needed_);
  }

  ModelFile file_;
  std::size_t needed_ = 0;
  std::vector<std::byte> memory_;
  std::span<std::byte> arena_;
};

TEST_P(ClassifierTest, KnowsItsModel) {
  Classifier classifier;
  EXPECT_EQ(classifier.window_samples(), 0);
  ASSERT_EQ(classifier.load(file_.blob(), arena_), Status::kOk);
  EXPECT_EQ(classifier.window_samples(), 200);
  EXPECT_EQ(classifier.sample_rate_hz(), std::string(GetParam()).starts_with("residual") ? 0 : 8000);
  ASSERT_EQ(classifier.class_count(), 2);
  EXPECT_EQ(classifier.label(0), "yes");
  EXPECT_EQ(classifier.label(1), "no");
}

TEST_P(ClassifierTest, NeedsEveryByteOfItsArena) {
  ASSERT_GT(needed_, 0u);
  Classifier classifier;
  EXPECT_EQ(classifier.load(file_.blob(), arena_.first(needed_ - 1)), Status::kArenaTooSmall);
  EXPECT_EQ(classifier.class_count(), 0);
  EXPECT_EQ(classifier.load(file_.blob(), {arena_.data() + 1, needed_}), Status::kArenaTooSmall);
  EXPECT_EQ(classifier.load(file_.blob(), arena_), Status::kOk);
}

TEST_P(ClassifierTest, StaysInsideItsArena) {
  Classifier classifier;
  ASSERT_EQ(classifier.load(file_.blob(), arena_), Status::kOk);
  std::vector<float> scores(4, 99.0f);
  classifier.run(test::tiny_wave(3), std::span(scores).subspan(1, 2));
  EXPECT_EQ(scores.front(), 99.0f);
  EXPECT_EQ(scores.back(), 99.0f);
  for (const std::byte& b : memory_) {
    const bool inside = &b >= arena_.data() && &b < arena_.data() + arena_.size();
    if (!inside) {
      ASSERT_EQ(b, kCanary);
    }
  }
}

TEST_P(ClassifierTest, DoesNotDependOnWhatTheArenaHeld) {
  Classifier classifier;
  ASSERT_EQ(classifier.load(file_.blob(), arena_), Status::kOk);
  std::vector<float> first(2), again(2);
  classifier.run(test::tiny_wave(3), first);
  std::memset(arena_.data(), 0xFF, arena_.size());
  classifier.run(test::tiny_wave(4), again);
  EXPECT_NE(first, again) << "another wave, the same scores";
  std::memset(arena_.data(), 0x5A, arena_.size());
  classifier.run(test::tiny_wave(3), again);
  EXPECT_EQ(first, again);
}

TEST_P(ClassifierTest, HearsTheSameInPcmAndInFloat) {
  Classifier classifier;
  ASSERT_EQ(classifier.load(file_.blob(), arena_), Status::kOk);
  const auto pcm = test::tiny_pcm(6);
  std::vector<float> wave;
  for (const std::int16_t s : pcm) wave.push_back(static_cast<float>(s) / 32768.0f);
  std::vector<float> from_pcm(2), from_float(2);
  classifier.run_pcm(pcm, from_pcm);
  classifier.run(wave, from_float);
  EXPECT_EQ(from_pcm, from_float);
}

TEST_P(ClassifierTest, UsesNoHeap) {
  const auto wave = test::tiny_wave(3);
  std::vector<float> scores(2);
  const long before = test::allocations();
  Classifier classifier;
  const std::size_t bytes = Classifier::arena_bytes(file_.blob());
  const Status status = classifier.load(file_.blob(), arena_);
  classifier.run(wave, scores);
  EXPECT_EQ(test::allocations(), before);
  EXPECT_EQ(bytes, needed_);
  EXPECT_EQ(status, Status::kOk);
}

TEST_P(ClassifierTest, IsAsIfJustConstructedAfterAnError) {
  Classifier classifier;
  ASSERT_EQ(classifier.load(file_.blob(), arena_), Status::kOk);
  EXPECT_EQ(classifier.load(file_.blob().first(100), arena_), Status::kNotAModel);
  EXPECT_EQ(classifier.class_count(), 0);
  EXPECT_EQ(classifier.window_samples(), 0);
  EXPECT_EQ(Classifier::arena_bytes(file_.blob().first(100)), 0u);
}

INSTANTIATE_TEST_SUITE_P(EveryRoute, ClassifierTest,
                         testing::Values("fp32", "int8", "int8_input", "kept", "sparse", "xnor", "mixed",
                                         "grouped_fp32", "grouped_int8", "grouped_xnor", "padded_fp32", "padded_int8",
                                         "padded_xnor", "softmax", "logistic", "pools_fp32", "pools_int8",
                                         "rounded_once", "residual_fp32", "residual_int8", "residual_xnor"));

// One linear layer on two samples.
TEST(Classifier, ScalesIntegerScoresToLogits) {
  fb::ModelT model = test::tiny_model_start("int8");
  model.window_samples = 2;
  test::add_tensor(model, fb::DType::kI16, 1, 2, 1, 1.0f / 32768);
  test::add_tensor(model, fb::DType::kI8, 1, 1, 1, 1.0f, 5);
  fb::ConvI8T conv;
  conv.window = std::make_unique<fb::Window>(1, 2, 1, 1, 0, 0, 1, 1);
  conv.weights = {1, -2};
  conv.bias = {10};
  conv.multiplier = {1 << 30};
  conv.shift = {0};  // times 1/2
  conv.minimum = -128;
  conv.maximum = 127;
  test::add_layer(model, "conv1", std::move(conv));
  test::add_tensor(model, fb::DType::kI32, 1, 1, 2, 0.25f);
  fb::LinearI8T head;
  head.weights = {3, -1};
  head.bias = {100, 0};
  test::add_layer(model, "head", std::move(head));
  const ModelFile file(serialize_model(model), "by hand");
  alignas(64) std::byte arena[1024];
  Classifier classifier;
  ASSERT_EQ(classifier.load(file.blob(), arena), Status::kOk);
  std::vector<float> scores(2);
  classifier.run_pcm(std::vector<std::int16_t>{31, 7}, scores);  // 31 - 14 + 10 = 27; 27 / 2 rounds to 14
  EXPECT_EQ(scores, (std::vector<float>{0.25f * (100 + 3 * 14), 0.25f * -14}));
}

}  // namespace
}  // namespace stapes
