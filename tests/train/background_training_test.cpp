// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "evaluate/detector_figures.h"
#include "train/trainer_fixture.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class BackgroundTraining : public TrainerFixture {
 protected:
  BackgroundTraining() { test::write_backgrounds(dir_ / "noise", 8); }

  TrainConfig brief() const {
    TrainConfig config = this->config();
    config.epochs = 2;
    config.eval_every = 2;
    return config;
  }
  TrainConfig with_background() const {
    TrainConfig config = brief();
    config.background = (dir_ / "noise").string();
    config.background_share = 0.8;
    config.snr_db = {-5, 10};
    adopt_background(config);
    return config;
  }
  // Low tones are detected, all others rejected.
  void reject_all_but_low() { training_.labels = test_.labels = {"low", "unknown", "background"}; }
};

TEST_F(BackgroundTraining, IsResumedToTheSameBitsOnBothWays) {
  for (const bool as_on_gpu : {false, true}) {
    const std::string way = as_on_gpu ? "gpu" : "cpu";
    const ComputeOn on{.device = std::nullopt, .as_on_gpu = as_on_gpu};
    const RunFolder without = run(way + "-without", brief());
    const RunFolder whole = run(way + "-whole", with_background()), broken = run(way + "-broken", with_background());
    const auto ignore = [](const EpochReport&) {};
    train(without, inputs(without.config()), ignore, {}, on);
    train(whole, inputs(whole.config()), ignore, {}, on);
    const auto stop = [](const EpochReport& report) {
      if (report.epoch == 2 && report.batch == 2) throw Interrupted();
    };
    EXPECT_THROW(train(broken, inputs(broken.config()), stop, {}, on), Interrupted);
    train(broken, inputs(broken.config()), ignore, {}, on);
    EXPECT_EQ(content(broken.weights()), content(whole.weights()));
    EXPECT_NE(read_network(without.weights()).tensors.at("conv5.weight").values,
              read_network(whole.weights()).tensors.at("conv5.weight").values);
    EXPECT_THAT(read_network(whole.weights()).provenance, HasSubstr("\"background\":{\"data_hash\":"));
  }
}

TEST_F(BackgroundTraining, TheInputsHoldTheBackgroundsOfTheOtherFolds) {
  const TrainingInputs given = inputs(with_background());
  EXPECT_EQ(given.backgrounds.mix.clips.clips.size(), 4u);
  EXPECT_EQ(given.backgrounds.held_out, 4u);
  TrainConfig changed = with_background();
  changed.background_hash = "other";
  EXPECT_THAT([&] { inputs(changed); }, ThrowsMessage<Error>(HasSubstr("has changed since the run began")));
}

TEST_F(BackgroundTraining, TheBestEpochIsTheBestDetectorAlsoAfterAResume) {
  reject_all_but_low();
  TrainConfig config = brief();
  config.epochs = 4;
  config.eval_every = 1;
  config.select = Select::kDetector;
  const RunFolder whole = run("whole", config), broken = run("broken", config);
  const TrainResult result = finish(whole);
  std::optional<DetectorFigures> best;
  int best_epoch = 0;
  double best_accuracy = 0;
  for (const nlohmann::json& line : whole.metrics()) {
    EXPECT_TRUE(line.contains("validation_accuracy"));
    EXPECT_EQ(line.contains("accuracy"), line.at("epoch") == 4);
    const DetectorFigures figures = detector_figures_from_json(line.at("detector"));
    const double accuracy = line.at("validation_accuracy");
    if (best && !is_better_epoch(figures, accuracy, *best, best_accuracy)) continue;
    best = figures;
    best_accuracy = accuracy;
    best_epoch = line.at("epoch");
  }
  EXPECT_EQ(result.best_epoch, best_epoch);
  EXPECT_EQ(result.selected_on, "detector");
  ASSERT_TRUE(result.detector);
  EXPECT_EQ(result.detector->hits, best->hits);
  EXPECT_EQ(result.detector->auroc, best->auroc);
  EXPECT_EQ(result.detector->false_accepts, 0);  // in a few seconds of sound
  interrupt(broken, 4);
  finish(broken);
  EXPECT_EQ(content(broken.best_weights()), content(whole.best_weights()));
  EXPECT_EQ(broken.result()->best_epoch, best_epoch);
  EXPECT_EQ(broken.result()->detector->auroc, best->auroc);
}

TEST_F(BackgroundTraining, ADetectorNeedsSomethingToReject) {
  TrainConfig config = brief();
  config.select = Select::kDetector;
  EXPECT_THAT([&] { inputs(config); },
              ThrowsMessage<UsageError>(HasSubstr("needs validation clips of a class 'unknown' or 'background'")));
  reject_all_but_low();
  EXPECT_NO_THROW(inputs(config));
}

}  // namespace
}  // namespace stapes
