// SPDX-License-Identifier: Apache-2.0
// An imported network is evaluated, calibrated, fine-tuned and pruned on features.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/philox.h"
#include "cli/training_run.h"
#include "data/data_set.h"
#include "data/tiny_data_set.h"
#include "import/onnx_graphs.h"
#include "support/npy_file.h"

namespace stapes::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kPlan = R"(
name = "bands"
data = "bands.data"
classes = ["all"]
seeds = [1]
targets = ["cortex-m7"]

[networks]
small = "micro-acdnet"

[[route]]
name = "fp32"
form = "fp32"
networks = ["small"]
train = { epochs = 1 }
)";

constexpr std::size_t kBandClasses = 4, kClipsPerClass = 12, kBandRows = 21, kBandColumns = 10;

// Noise with a loud band of rows that depends on the class. Three folds.
void write_bands(const std::filesystem::path& folder, std::size_t rows = kBandRows) {
  Philox random(9, Philox::Purpose::kTest);
  std::vector<float> values;
  std::vector<std::int64_t> labels, folds;
  for (std::size_t clip = 0; clip < kBandClasses * kClipsPerClass; ++clip) {
    const std::size_t label = clip % kBandClasses;
    labels.push_back(static_cast<std::int64_t>(label));
    folds.push_back(static_cast<std::int64_t>(clip / kBandClasses % 3 + 1));
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < kBandColumns; ++column) {
        const bool loud = row * kBandClasses / rows == label;
        values.push_back(static_cast<float>(random.normal()) + (loud ? 3.0f : 0.0f));
      }
    }
  }
  write_npy(folder / "features.npy", {labels.size(), 1, rows, kBandColumns}, values);
  write_npy(folder / "labels.npy", labels);
  write_npy(folder / "folds.npy", folds);
  write_text_file(folder / "classes.txt", "yes\nno\nup\ndown\n", Existing::kReplace);
}

Outcome import_bands(const std::filesystem::path& folder, const std::filesystem::path& out) {
  return run_stapes({"data", "import", "features", folder.string(), "--channels-first", "-o", out.string()});
}

void import_network(const TempDir& dir, const char* labels) {
  write_file(dir / "kws.onnx", depthwise_graph().bytes(), Existing::kRefuse);
  const Outcome imported = run_stapes(
      {"import-onnx", (dir / "kws.onnx").string(), "--labels", labels, "-o", (dir / "kws.network").string()});
  ASSERT_EQ(imported.status, 0) << imported.err;
}

class Features : public testing::Test {
 protected:
  void SetUp() override {
    write_bands(dir_ / "bands");
    imported_ = import_bands(dir_ / "bands", path("bands.data"));
    ASSERT_EQ(imported_.status, 0) << imported_.err;
    ASSERT_NO_FATAL_FAILURE(import_network(dir_, path("bands/classes.txt").c_str()));
  }
  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  Outcome quantize(const std::string& data, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"quantize", path("kws.network"), "--data", path(data), "--calibration", "32",
                                          "-o",       path("int8.stapes"), "--force"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stapes(arguments);
  }
  // The label that `stapes run` prints.
  std::string label_by_run(const char* model, const ClipView& clip) const {
    write_file(dir_ / "one.f32", std::as_bytes(clip.features), Existing::kReplace);
    const Outcome run = run_stapes({"run", path(model), "--input", path("one.f32"), "--json"});
    EXPECT_EQ(run.status, 0) << run.err;
    return json::parse(run.out)["label"];
  }

  TempDir dir_;
  Outcome imported_;
};

TEST_F(Features, AreImportedAndDescribed) {
  EXPECT_THAT(imported_.out, HasSubstr("48 clips of 4 classes, features of 21 x 10 x 1, in "));
  const Outcome described = run_stapes({"data", "info", path("bands.data")});
  ASSERT_EQ(described.status, 0) << described.err;
  EXPECT_THAT(described.out,
              AllOf(HasSubstr("48 clips, features of 21 x 10 x 1, format features-arrays"),
                    HasSubstr("48 sources, none in more than one fold"), testing::Not(HasSubstr("seconds"))));
  const json survey = json::parse(run_stapes({"data", "info", path("bands.data"), "--json"}).out);
  EXPECT_EQ(survey["features"], json({{"height", 21}, {"width", 10}, {"channels", 1}}));
  EXPECT_FALSE(survey.contains("sample_rate_hz"));
}

TEST_F(Features, EvaluationIsWhatRunSaysOfEachClip) {
  ASSERT_EQ(run_stapes({"pack", path("kws.network"), "-o", path("fp32.stapes")}).status, 0);
  const Outcome quantized = quantize("bands.data");
  ASSERT_EQ(quantized.status, 0) << quantized.err;
  EXPECT_THAT(quantized.out, HasSubstr("calibrated on 32 training samples"));
  const DataSet data(dir_ / "bands.data");
  for (const char* model : {"fp32.stapes", "int8.stapes"}) {
    const Outcome eval = run_stapes({"eval", path(model), path("bands.data"), "--fold", "2", "--json"});
    ASSERT_EQ(eval.status, 0) << eval.err;
    int correct = 0, clips = 0;
    for (const ClipView& clip : data.clips()) {
      if (clip.fold != 2) continue;
      ++clips;
      if (label_by_run(model, clip) == data.labels()[static_cast<std::size_t>(clip.label)]) ++correct;
    }
    EXPECT_EQ(json::parse(eval.out)["clips"], clips) << model;
    EXPECT_EQ(json::parse(eval.out)["correct"], correct) << model;
  }
  EXPECT_THAT(run_stapes({"eval", path("fp32.stapes"), path("bands.data")}).out, HasSubstr("whole inputs"));
  const Outcome verdict =
      run_stapes({"verdict", path("fp32.stapes"), path("int8.stapes"), "--data", path("bands.data")});
  EXPECT_EQ(verdict.status, 0) << verdict.err;
}

TEST_F(Features, CalibrationKeepsTheTestFoldOut) {
  ASSERT_EQ(quantize("bands.data", {"--fold", "3"}).status, 0);
  EXPECT_THAT(run_stapes({"info", path("int8.stapes"), "--json"}).out,
              AllOf(HasSubstr(DataSet(dir_ / "bands.data").hash()), HasSubstr("\"test_fold\":3")));
  EXPECT_THAT(run_stapes({"eval", path("int8.stapes"), path("bands.data"), "--fold", "1"}).err,
              HasSubstr("was trained with fold 3 held out"));
}

TEST_F(Features, WhatDoesNotFitIsRefused) {
  write_bands(dir_ / "lower", 20);
  ASSERT_EQ(import_bands(dir_ / "lower", path("lower.data")).status, 0);
  write_tiny_images(dir_ / "images", {.labels = 4, .image = {21, 10, 1}});
  const char* sizes = "the model takes features of 21 x 10 x 1, but the data set has 20 x 10 x 1";
  EXPECT_TRUE(fails_cleanly(quantize("lower.data"), 1, sizes));
  EXPECT_TRUE(fails_cleanly(quantize("images"), 1, "the model takes features, but the data set holds images"));
  ASSERT_EQ(run_stapes({"pack", path("kws.network"), "-o", path("fp32.stapes")}).status, 0);
  const auto eval = [&](const char* data) { return run_stapes({"eval", path("fp32.stapes"), path(data)}); };
  EXPECT_TRUE(fails_cleanly(eval("lower.data"), 1, sizes));
  EXPECT_TRUE(fails_cleanly(eval("images"), 1, "the model takes features, but the data set holds images"));
  write_text_file(dir_ / "plan.toml", kPlan, Existing::kRefuse);
  EXPECT_THAT(run_stapes({"study", path("plan.toml"), "--data", path("bands.data"), "-o", path("study")}).err,
              HasSubstr("holds features; a study needs sound or images"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"new", path("bands.data"), "-o", path("new.toml")}), 2,
                            "holds features; a study needs sound or images"));
  EXPECT_FALSE(std::filesystem::exists(path("new.toml")));
}

TEST_F(Features, OptionsOfOtherDataAreRefused) {
  const auto import = [&](const char* format, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"data", "import", format, path("bands"), "-o", path("x.data")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stapes(arguments);
  };
  EXPECT_TRUE(fails_cleanly(import("features", {"--sample-rate", "16000"}), 2, "is for sound; the format features"));
  EXPECT_TRUE(fails_cleanly(import("features", {"--size", "16"}), 2, "is for the format images"));
  EXPECT_TRUE(fails_cleanly(import("images", {"--channels-first"}), 2, "is for the format features"));
  EXPECT_TRUE(fails_cleanly(import("features", {"--folds", "3"}), 2, "--folds assigns clips to folds, but"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "x.data"));
}

class FeatureTraining : public Features {
 protected:
  void SetUp() override {
#ifndef STAPES_HAS_TRAINING
    GTEST_SKIP() << "this build has no stapes-train";
#endif
    Features::SetUp();
  }
  Outcome train(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"train", path("bands.data"), "--threads", "2", "--batch", "8", "-q",
                                          "-o",    path("run"),        "--force"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stapes(arguments);
  }
  json eval(const std::string& model) const {
    const Outcome outcome = run_stapes({"eval", path(model), path("bands.data"), "--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out);
  }
};

TEST_F(FeatureTraining, AnImportedNetworkIsFineTunedPrunedAndTrainedOnTheGrid) {
  const Outcome tuned = train({"--init", path("kws.network"), "--epochs", "30", "--optimizer", "adam", "--lr", "0.01"});
  ASSERT_EQ(tuned.status, 0) << tuned.err;
  const json run = eval("run");
  EXPECT_GT(run.at("training").at("ten_crops").at("accuracy"), 85);  // about 25 with the file's random weights
  EXPECT_EQ(run.at("training"), run.at("packed")) << "the same decisions";
  ASSERT_EQ(run_stapes(
                {"prune", path("run"), "--ratio", "0.2", "--epochs", "5", "--threads", "2", "-q", "-o", path("pruned")})
                .status,
            0);
  EXPECT_GT(eval("pruned").at("accuracy"), 70);
  const Outcome int8 = run_stapes({"quantize", path("run"), "--data", path("bands.data"), "--calibration", "32",
                                   "--aware", "--epochs", "3", "--batch", "8", "-o", path("tuned.stapes"), "--json"});
  ASSERT_EQ(int8.status, 0) << int8.err;
  EXPECT_GT(json::parse(int8.out)["aware_training"]["accuracy"], 85);
}

// Only training on the grid improves the random weights of the file.
TEST_F(FeatureTraining, TheGridAloneImprovesAnImportedNetwork) {
  const Outcome int8 = quantize(
      "bands.data", {"--aware", "--epochs", "40", "--batch", "4", "--lr", "0.02", "--teacher-weight", "0", "--json"});
  ASSERT_EQ(int8.status, 0) << int8.err;
  const json aware = json::parse(int8.out)["aware_training"];
  EXPECT_GT(aware["accuracy"].get<double>(), aware["accuracy_before"].get<double>() + 20);
  const json candidates = aware["candidates"];
  EXPECT_LT(candidates.back()["log_loss"], candidates.front()["log_loss"]);
  const json evaluated = eval("int8.stapes");
  EXPECT_EQ(evaluated["accuracy"], aware["accuracy"]);
}

TEST_F(FeatureTraining, WhatDoesNotFitIsRefusedBeforeAnythingIsWritten) {
  const std::vector<std::string> init = {"--init", path("kws.network")};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), init.begin(), init.end());
    return train(more);
  };
  EXPECT_TRUE(fails_cleanly(train({}), 2, "no network to train on features; give --init"));
  EXPECT_TRUE(fails_cleanly(train({"--model", "ds-cnn"}), 2, "takes audio, but the data set has features"));
  EXPECT_TRUE(fails_cleanly(with({"--recipe", "esc"}), 2, "--recipe esc is for sound; leave it out for features"));
  EXPECT_TRUE(fails_cleanly(with({"--stretch", "1.1"}), 2, "features are trained on as they are"));
  EXPECT_TRUE(fails_cleanly(with({"--binary"}), 2, "networks that take features have no binary form"));
  write_bands(dir_ / "lower", 20);
  ASSERT_EQ(import_bands(dir_ / "lower", path("lower.data")).status, 0);
  EXPECT_TRUE(fails_cleanly(
      run_stapes({"train", path("lower.data"), "--init", path("kws.network"), "-q", "-o", path("run")}), 1,
      "is for 4 classes and features of 21 x 10 x 1, but the run is for 4 and features of 20 x 10 x 1"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "run"));
}

}  // namespace
}  // namespace stapes::test
