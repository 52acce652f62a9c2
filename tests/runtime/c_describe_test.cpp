// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>

#include "packed/cost.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "stapes/stapes.h"
#include "stapes/stream.h"
#include "support/count_allocations.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

// One linear layer on 2 x 3 x 1 int8 features.
fb::ModelT tiny_features() {
  fb::ModelT model = test::tiny_model_start("int8");
  model.features = true;
  model.sample_rate_hz = 0;
  model.window_samples = 6;
  test::add_tensor(model, fb::DType::kI8, 2, 3, 1, 0.5f, -3);
  test::add_tensor(model, fb::DType::kI8, 1, 1, 6, 0.5f, -3);
  test::add_layer(model, "flat", fb::ReshapeT{});
  fb::LinearI8T head;
  for (int i = 0; i < 12; ++i) head.weights.push_back(static_cast<std::int8_t>(17 * i - 90));
  head.bias = {5, -7};
  test::add_tensor(model, fb::DType::kI32, 1, 1, 2, 0.25f);
  test::add_layer(model, "head", std::move(head));
  return model;
}

stapes_description described_by_c(const ModelFile& file) {
  stapes_description description;
  stapes_fault fault;
  EXPECT_EQ(stapes_describe(file.blob().data(), file.blob().size(), &description, &fault), STAPES_OK);
  EXPECT_STREQ(fault.what, "");
  EXPECT_EQ(fault.layer, -1);
  return description;
}

TEST(CDescribe, NamesTheFiguresOfInfo) {
  for (const char* name : {"fp32", "int8", "xnor", "residual_int8", "softmax", "padded_int8"}) {
    const ModelFile file(serialize_model(test::tiny_model(name)), name);
    const Cost cost = model_cost(file.model());
    const long before = test::allocations();
    const stapes_description it = described_by_c(file);
    EXPECT_EQ(test::allocations(), before);
    EXPECT_STREQ(it.route, file.model().route()->c_str()) << name;
    EXPECT_STREQ(it.provenance, file.model().provenance()->c_str()) << name;
    EXPECT_EQ(it.class_count, 2);
    EXPECT_EQ(it.window_samples, file.model().window_samples());
    EXPECT_EQ(it.sample_rate_hz, file.model().sample_rate_hz());
    EXPECT_EQ(it.parameters, cost.parameters());
    EXPECT_EQ(it.macs, cost.macs);
    EXPECT_EQ(it.binary_macs, cost.binary_macs);
    EXPECT_EQ(it.arena_bytes, Classifier::arena_bytes(file.blob()));
    EXPECT_EQ(it.step_samples, StreamClassifier::step_samples(file.blob()));
    EXPECT_EQ(it.gives_probabilities, std::string_view(name) == "softmax" ? 1 : 0);
    const bool image = std::string_view(name).starts_with("residual");
    EXPECT_EQ(it.input, image ? STAPES_IMAGES : STAPES_SOUND) << name;
    EXPECT_EQ(it.height * it.width * it.channels, it.window_samples) << name;
  }
}

TEST(CDescribe, SaysHowFeaturesAreQuantized) {
  const ModelFile file(serialize_model(tiny_features()), "features");
  const stapes_description it = described_by_c(file);
  EXPECT_EQ(it.input, STAPES_FEATURES);
  EXPECT_EQ(it.int8_input, 1);
  EXPECT_EQ(it.input_scale, 0.5f);
  EXPECT_EQ(it.input_zero_point, -3);
  EXPECT_EQ(it.height, 2);
  EXPECT_EQ(it.width, 3);
  EXPECT_EQ(it.step_samples, 0);
}

TEST(CDescribe, SaysWhyAModelIsRefused) {
  const auto bytes = serialize_model(test::tiny_int8());
  const AlignedBytes blob = allocate_aligned(bytes.size());
  std::memcpy(blob.get(), bytes.data(), bytes.size());
  stapes_description description;
  stapes_fault fault;
  blob[bytes.size() - 1] ^= std::byte{1};
  EXPECT_EQ(stapes_describe(blob.get(), bytes.size(), &description, &fault), STAPES_CORRUPT);
  EXPECT_STRNE(fault.what, "");
  EXPECT_EQ(description.class_count, 0);
  EXPECT_EQ(description.route, nullptr);
  EXPECT_EQ(stapes_describe(blob.get(), 10, &description, nullptr), STAPES_NOT_A_MODEL);
  EXPECT_EQ(stapes_describe(nullptr, 0, &description, &fault), STAPES_NOT_A_MODEL);
}

TEST(CDescribe, FeaturesScoreAsInCpp) {
  const ModelFile file(serialize_model(tiny_features()), "features");
  const std::size_t bytes = stapes_classifier_bytes(file.blob().data(), file.blob().size());
  const AlignedBytes memory = allocate_aligned(bytes), arena = allocate_aligned(Classifier::arena_bytes(file.blob()));
  stapes_classifier* classifier = nullptr;
  ASSERT_EQ(stapes_classifier_load(file.blob().data(), file.blob().size(), memory.get(), bytes, &classifier),
            STAPES_OK);
  Classifier same;
  ASSERT_EQ(same.load(file.blob(), {arena.get(), Classifier::arena_bytes(file.blob())}), Status::kOk);
  const std::vector<std::int8_t> features = {-128, -3, 0, 5, 90, 127};
  std::vector<float> scores(2), want(2);
  same.run_features(features, want);
  stapes_run_features(classifier, features.data(), scores.data());
  EXPECT_EQ(scores, want);
  EXPECT_NE(scores[0], scores[1]);
}

}  // namespace
}  // namespace stapes
