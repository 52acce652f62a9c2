// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "cli/small_acdnet.h"
#include "packed/writer.h"
#include "support/audio_files.h"
#include "support/tiny_models.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Classify : public testing::Test {
 protected:
  void SetUp() override {
    write_text_file(folder_ / "small.pt", SmallAcdnetFile().bytes(), Existing::kRefuse);
    ASSERT_EQ(run_stapes({"import-torch", (folder_ / "small.pt").string(), "--samples", "8000", "-o", model_}).status,
              0);
    write_audio(good_, sine(12000, 440, 20000), 20000);
  }

  Outcome classify(std::vector<std::string> more) {
    more.insert(more.begin(), {"classify", model_});
    return run_stapes(more);
  }

  TempDir folder_;
  std::string model_ = (folder_ / "small.stapes").string(), good_ = (folder_ / "good.wav").string();
};

TEST_F(Classify, PrintsALabelWithItsProbability) {
  const Outcome outcome = classify({good_});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith(good_ + ": class_"));
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1);
}

TEST_F(Classify, JsonIsAListAndNothingElse) {
  const Outcome outcome = classify({good_, good_, "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0].at("file"), good_);
  EXPECT_EQ(json[0], json[1]);
  EXPECT_GE(json[0].at("probability").get<double>(), 1.0 / 3);
  EXPECT_LE(json[0].at("probability").get<double>(), 1.0);
  EXPECT_FALSE(json[0].contains("top"));
}

TEST_F(Classify, TopListsTheMostProbableFirst) {
  const auto json = nlohmann::json::parse(classify({good_, "--json", "--top", "99"}).out);
  const auto& top = json[0].at("top");
  ASSERT_EQ(top.size(), 3u);  // all classes
  EXPECT_EQ(top[0].at("label"), json[0].at("label"));
  double sum = 0;
  for (std::size_t i = 0; i < top.size(); ++i) {
    sum += top[i].at("probability").get<double>();
  }
  for (std::size_t i = 1; i < top.size(); ++i) EXPECT_LE(top[i].at("probability"), top[i - 1].at("probability"));
  EXPECT_NEAR(sum, 1, 1e-9);  // 30 softmax terms in double precision
}

TEST_F(Classify, AnyRateAndChannelCountWillDo) {
  const auto stereo = sine(96000, 440, 192000);
  write_audio(folder_ / "stereo.wav", stereo, 192000, 2);
  write_audio(folder_ / "short.wav", {0.5f}, 8000);
  const Outcome outcome = classify({(folder_ / "stereo.wav").string(), (folder_ / "short.wav").string()});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST_F(Classify, UnreadableFilesAreReportedAndTheOthersDone) {
  write_text_file(folder_ / "text.wav", "not a sound", Existing::kRefuse);
  const Outcome outcome =
      classify({(folder_ / "text.wav").string(), good_, (folder_ / "missing.wav").string(), "--json"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 2);
  EXPECT_THAT(outcome.err, HasSubstr("text.wav"));
  EXPECT_THAT(outcome.err, HasSubstr("missing.wav"));
  const auto json = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0].at("file"), good_);
}

TEST_F(Classify, AModelThatTakesNoSoundIsRefusedOnce) {
  write_model(model_, tiny_depthwise(1), Existing::kReplace);
  EXPECT_TRUE(
      fails_cleanly(classify({good_, good_, "--json"}), 1, "small.stapes takes features; expected an audio model"));
}

// Constant files are detected from the file's samples, not from the clip's level.
TEST_F(Classify, AFileOfOneValueIsNamedAsImportNamesIt) {
  const std::string bias = (folder_ / "bias.wav").string();
  write_audio(bias, std::vector<float>(12000, 20.0f / 32768), 20000);
  const Outcome outcome = classify({bias});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("warning: 1 constant clip (one value throughout): " + bias));
}

TEST_F(Classify, ARepeatedRunPrintsTheSame) {
  EXPECT_EQ(classify({good_, "--top", "3"}).out, classify({good_, "--top", "3"}).out);
}

}  // namespace
}  // namespace stapes::test
