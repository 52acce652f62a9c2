// SPDX-License-Identifier: Apache-2.0
#include "evaluate/packed_evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "compress/pack.h"
#include "data/selection.h"
#include "data/tiny_data_set.h"
#include "graph/graph_toml.h"
#include "packed/writer.h"
#include "support/random_network.h"
#include "support/temp_dir.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kFeatureGraph = R"(
name = "small"
input = "features"

[[block]]
nodes = [
  { name = "stem", op = "conv", kernel = 3, stride = 2, pad = 1, filters = 6 },
  { name = "depthwise", op = "conv", kernel = 3, pad = 1, groups = "depthwise" },
  { name = "pool", op = "global-pool" },
  { name = "head", op = "linear", filters = "classes" },
]
)";

class PackedEvaluation : public testing::Test {
 protected:
  PackedEvaluation() {
    test::write_tiny_data_set(dir_ / "data", {.clips = 30, .labels = 3, .folds = 2, .sample_rate_hz = 8000});
    data_ = std::make_unique<DataSet>(dir_ / "data");
    clips_ = {data_->clips(), data_->labels(), data_->sample_rate_hz()};
    network_ = test::RandomNetwork(test::small_spec()).take();
    network_.labels = clips_.labels;
  }
  std::shared_ptr<const ModelFile> model() const {
    return std::make_shared<const ModelFile>(serialize_model(pack_network(network_)), "test");
  }

  test::TempDir dir_;
  std::unique_ptr<DataSet> data_;
  ClipSet clips_;
  TrainedNetwork network_;
};

TEST_F(PackedEvaluation, DoesNotDependOnTheNumberOfThreads) {
  const Evaluation one = evaluate_packed(model(), clips_, Protocol::kTenCrops, 1);
  const Evaluation three = evaluate_packed(model(), clips_, Protocol::kTenCrops, 3);
  EXPECT_EQ(one.clips(), 30);
  EXPECT_EQ(one.confusion(), three.confusion());
}

// Another softmax would flatten these scores.
TEST(ClipProbabilities, OfAModelThatGivesProbabilitiesAreItsScores) {
  const std::vector<std::int16_t> clip = test::tiny_pcm(5);
  for (const char* name : {"softmax", "logistic"}) {
    HostClassifier classifier(std::make_shared<const ModelFile>(serialize_model(test::tiny_model(name)), name));
    const std::vector<float> scores = classifier.run_pcm(clip);
    const std::vector<double> got = clip_probabilities(classifier, ClipView{.samples = clip}, Protocol::kSingleWindow);
    ASSERT_EQ(got.size(), scores.size());
    for (std::size_t c = 0; c < got.size(); ++c) EXPECT_FLOAT_EQ(static_cast<float>(got[c]), scores[c]) << name;
  }
  HostClassifier logits(std::make_shared<const ModelFile>(serialize_model(test::tiny_model("int8")), "int8"));
  const std::vector<double> got = clip_probabilities(logits, ClipView{.samples = clip}, Protocol::kSingleWindow);
  EXPECT_NEAR(got[0] + got[1], 1, 1e-9);
}

TEST_F(PackedEvaluation, RefusesClipsTheModelWasNotMadeFor) {
  const auto evaluate = [&] { evaluate_packed(model(), clips_, Protocol::kSingleWindow, 1); };
  clips_.labels[1] = "other";
  EXPECT_THAT(evaluate, ThrowsMessage<Error>(HasSubstr("class 1 is label1 in the model, but other in the selection")));
  clips_.labels.pop_back();
  EXPECT_THAT(evaluate, ThrowsMessage<Error>(HasSubstr("--classes")));
  clips_.sample_rate_hz = 16000;
  EXPECT_THAT(evaluate, ThrowsMessage<Error>(HasSubstr("--sample-rate 8000")));
}

TEST_F(PackedEvaluation, OfImagesIsOfTheImagesThemselves) {
  const auto images_of = [&](const char* name, ImageSize size) {
    test::write_tiny_images(dir_ / name, {.clips = 30, .labels = 3, .folds = 2, .image = size});
    return std::make_unique<DataSet>(dir_ / name);
  };
  const auto fitting = images_of("images", {16, 16, 3}), larger = images_of("larger", {17, 16, 3});
  const auto clips_of = [](const DataSet& data) {
    return ClipSet{data.clips(), data.labels(), 0, false, data.image()};
  };
  const TrainedNetwork sound = network_;
  network_ = test::RandomNetwork(test::small_resnet_spec()).take();
  network_.labels = clips_.labels;
  const Evaluation crops = evaluate_packed(model(), clips_of(*fitting), Protocol::kTenCrops, 1);
  const Evaluation window = evaluate_packed(model(), clips_of(*fitting), Protocol::kSingleWindow, 1);
  EXPECT_EQ(crops.decisions(), window.decisions());
  EXPECT_THAT([&] { evaluate_packed(model(), clips_of(*larger), Protocol::kTenCrops, 1); },
              ThrowsMessage<Error>(HasSubstr("takes images of 16 x 16 x 3, but the data set has 17 x 16 x 3")));
  EXPECT_THAT([&] { evaluate_packed(model(), clips_, Protocol::kTenCrops, 1); },
              ThrowsMessage<Error>(HasSubstr("the model takes images, but the data set holds sound")));
  network_ = sound;
  EXPECT_THAT([&] { evaluate_packed(model(), clips_of(*fitting), Protocol::kTenCrops, 1); },
              ThrowsMessage<Error>(HasSubstr("the model takes sound, but the data set holds images")));
}

TEST_F(PackedEvaluation, OfFeaturesIsOfTheirValues) {
  const FeatureSize size{12, 10, 1};
  const auto features_of = [&](const char* name, FeatureSize shape) {
    test::write_tiny_features(dir_ / name, {.clips = 30, .labels = 3, .folds = 2, .size = shape});
    return std::make_unique<DataSet>(dir_ / name);
  };
  const auto fitting = features_of("features", size), taller = features_of("taller", {13, 10, 1});
  const Graph graph = parse_graph(kFeatureGraph, "features.toml", 3);
  network_ = test::RandomNetwork(NetworkSpec{.input = size, .class_count = 3, .graph = graph}).take();
  network_.labels = clips_.labels;
  const ClipSet clips = select_classes(*fitting, "all");
  const Evaluation crops = evaluate_packed(model(), clips, Protocol::kTenCrops, 2);
  EXPECT_EQ(crops.decisions(), evaluate_packed(model(), clips, Protocol::kSingleWindow, 1).decisions());
  HostClassifier classifier(model());
  for (std::size_t i = 0; i < clips.clips.size(); ++i) {
    const std::vector<float> scores = classifier.run(clips.clips[i].features);
    EXPECT_EQ(crops.decisions()[i], std::ranges::max_element(scores) - scores.begin()) << i;
  }
  EXPECT_THAT([&] { evaluate_packed(model(), select_classes(*taller, "all"), Protocol::kTenCrops, 1); },
              ThrowsMessage<Error>(HasSubstr("takes features of 12 x 10 x 1, but the data set has 13 x 10 x 1")));
  EXPECT_THAT([&] { evaluate_packed(model(), clips_, Protocol::kTenCrops, 1); },
              ThrowsMessage<Error>(HasSubstr("the model takes features, but the data set holds sound")));
}

}  // namespace
}  // namespace stapes
