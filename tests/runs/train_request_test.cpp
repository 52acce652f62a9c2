// SPDX-License-Identifier: Apache-2.0
#include "runs/train_request.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "base/error.h"
#include "data/make_samples.h"
#include "data/tiny_data_set.h"
#include "graph/network_input.h"
#include "runs/fold_runs.h"
#include "runs/quantize/calibration_samples.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kFeatureNetwork = R"(
name = "small"
input = "features"

[[block]]
nodes = [
  { name = "stem", op = "conv", kernel = 3, filters = 4 },
  { name = "pool", op = "global-pool" },
  { name = "head", op = "linear", filters = "classes" },
]
)";

class TrainRequestTest : public testing::Test {
 protected:
  TrainRequestTest() { request_.data.data = dir_ / "sound"; }

  void give(const char* name, const char* text, GivenTraining::Apply apply) {
    request_.given.add(Option<TrainConfig>{.name = name}, text, std::move(apply));
  }
  TrainConfig config() const {
    const ChosenData chosen(request_.data);
    return config_of(request_, chosen, chosen.training().clips.size(), std::nullopt, Device::kCpu);
  }

  TempDir dir_;
  const std::string hash_ = write_tiny_data_set(dir_ / "sound", {.sample_rate_hz = 8000});
  TrainRequest request_;
};

TEST_F(TrainRequestTest, WithoutOptionsTheDataAndTheFullPrecisionRecipeDecide) {
  request_.seed = 7;
  request_.data.fold = 2;
  const TrainConfig config = this->config();
  EXPECT_EQ(input_values(config.spec.input), usual_window_samples(8000));
  EXPECT_EQ(config.data_hash, hash_);
  EXPECT_THAT(config.labels, ElementsAre("label0", "label1", "label2"));
  EXPECT_EQ(config.fold, 2);
  EXPECT_EQ(config.seed, 7u);
  EXPECT_EQ(config.optimizer, OptimizerKind::kSgd);
  EXPECT_FALSE(config.spec.binary);
  EXPECT_EQ(config.eval_every, config.epochs / 20);
  EXPECT_EQ(config.ema_decay, default_ema_decay(config.epochs));  // 6 clips: one step per epoch
}

TEST_F(TrainRequestTest, GivenOptionsComeLast) {
  request_.binary = true;
  give("epochs", "7", [](TrainConfig& c) { c.epochs = 7; });
  give("ema", "0", [](TrainConfig& c) { c.ema_decay = 0; });
  const TrainConfig config = this->config();
  EXPECT_TRUE(config.spec.binary);
  EXPECT_EQ(config.optimizer, OptimizerKind::kAdam);
  EXPECT_EQ(config.epochs, 7);
  EXPECT_EQ(config.eval_every, 1);
  EXPECT_EQ(config.ema_decay, 0);
  EXPECT_FALSE(config.spec.form.keep_8_bit.empty());
}

TEST_F(TrainRequestTest, ARecipeMustSuitTheData) {
  give("recipe", "cifar", [](TrainConfig&) {});
  EXPECT_THAT([&] { config(); },
              ThrowsMessage<UsageError>(
                  "--recipe cifar is for images; for sound choose esc, us8k, audioevent, xnor or xnor-paper"));
  request_.binary = true;
  give("recipe", "esc", [](TrainConfig&) {});
  EXPECT_THAT([&] { config(); }, ThrowsMessage<UsageError>(HasSubstr("--recipe esc trains in full precision")));
}

TEST_F(TrainRequestTest, ImagesTakeNoOptionsOfSound) {
  write_tiny_images(dir_ / "images");
  request_.data.data = dir_ / "images";
  EXPECT_TRUE(is_image(config().spec.input));
  EXPECT_FALSE(config().nesterov);
  request_.window_samples = 100;
  EXPECT_THAT([&] { config(); }, ThrowsMessage<UsageError>(HasSubstr("are for sound")));
}

TEST_F(TrainRequestTest, FeaturesNeedANetworkAndTakeNoRecipe) {
  write_tiny_features(dir_ / "features", {.size = {12, 10, 2}});
  request_.data.data = dir_ / "features";
  EXPECT_THAT([&] { config(); }, ThrowsMessage<UsageError>(HasSubstr("no network to train on features")));
  request_.model = "resnet18";
  EXPECT_THAT([&] { config(); }, ThrowsMessage<UsageError>(
                                     HasSubstr("takes images, but the data set has features; use --model FILE.toml")));
  write_text_file(dir_ / "net.toml", kFeatureNetwork, Existing::kRefuse);
  request_.model = (dir_ / "net.toml").string();
  const TrainConfig config = this->config();
  EXPECT_EQ(config.spec.input, NetworkInput(FeatureSize{12, 10, 2}));
  EXPECT_EQ(config.schedule, Schedule::kCosine);
  EXPECT_EQ(config.dropout, 0);
  const TrainConfig read = train_config_from_json(to_json(config), "here");
  EXPECT_EQ(read.spec.input, config.spec.input);
  EXPECT_EQ(to_json(read), to_json(config));
  give("recipe", "cifar", [](TrainConfig&) {});
  EXPECT_THAT([&] { this->config(); }, ThrowsMessage<UsageError>(HasSubstr("cifar is for images; leave it out")));
}

TEST_F(TrainRequestTest, FoldsAreAllOrAList) {
  const ChosenData chosen(request_.data);
  EXPECT_THAT(parse_folds("all", chosen.clips), ElementsAre(1, 2));
  EXPECT_THAT(parse_folds("2,1", chosen.clips), ElementsAre(2, 1));
  for (const char* wrong : {"", "1,", ",1", "1,1", "3", "x"}) {
    EXPECT_THROW(parse_folds(wrong, chosen.clips), UsageError) << "'" << wrong << "'";
  }
}

TEST_F(TrainRequestTest, NumbersOfClassesAreNamed) {
  request_.data.classes = "0,2";
  EXPECT_EQ(meaning_of_numbers("0,2", ChosenData(request_.data).clips), "--classes 0,2 are label0, label2");
  EXPECT_EQ(meaning_of_numbers("all", ChosenData(request_.data).clips), "");
}

TEST(CalibrationSamples, NameTheClassesThatNoImageHeld) {
  const TempDir dir;
  write_tiny_images(dir / "images", {.clips = 12, .labels = 3});
  const ChosenData chosen({dir / "images"});
  const auto source = make_samples(chosen.clips, {}, 1);
  CalibrationSamples samples(*source, 1);
  std::vector<std::size_t> used;
  std::size_t windows = 0;
  samples.windows(0, 1, [&](std::size_t done) { used.push_back(done); })([&](auto) { ++windows; });
  EXPECT_EQ(windows, 1u);
  EXPECT_THAT(used, ElementsAre(1));
  EXPECT_THAT(samples.missing_classes(), HasSubstr(", "));  // two of three classes
  samples.windows(1, 11)([](auto) {});
  EXPECT_EQ(samples.missing_classes(), "");
}

TEST(CalibrationSamples, OfFeaturesAreTheFeatures) {
  const TempDir dir;
  write_tiny_features(dir / "features", {.clips = 12, .labels = 3});
  const ChosenData chosen({dir / "features"});
  const auto source = make_samples(chosen.clips, {}, 1);
  CalibrationSamples samples(*source, 1);
  std::set<const float*> used;
  samples.feature_windows(0, 12)([&](std::span<const float> values) {
    EXPECT_EQ(values.size(), 30u);
    used.insert(values.data());
  });
  EXPECT_EQ(used.size(), 12u);
  EXPECT_EQ(samples.missing_classes(), "");
}

}  // namespace
}  // namespace stapes::test
