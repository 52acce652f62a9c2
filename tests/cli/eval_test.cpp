// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "data/data_set_writer.h"
#include "data/tiny_data_set.h"
#include "packed/writer.h"
#include "support/tiny_models.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// Two classes; 24 clips of noise in two folds.
class Eval : public testing::Test {
 protected:
  Outcome eval(const std::vector<std::string>& labels, const std::vector<std::string>& more = {}) {
    fb::ModelT model = tiny_model("int8");
    model.labels = labels;
    write_model(folder_ / "m.stapes", model, Existing::kReplace);
    DataSetWriter writer(folder_ / "clips.data", Existing::kReplace);
    for (int i = 0; i < 24; ++i) {
      const std::string name = "clip" + std::to_string(i);
      writer.add({.name = name, .source = name, .label = i % 2, .fold = i / 2 % 2 + 1},
                 noise_clip(static_cast<std::uint32_t>(i), 400));
    }
    writer.finish("folders", model.sample_rate_hz, labels);
    std::vector<std::string> arguments = {"eval", (folder_ / "m.stapes").string(), (folder_ / "clips.data").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stapes(arguments);
  }
  TempDir folder_;
};

TEST_F(Eval, StatesTheOpenSetOfAModelWithUnknown) {
  const Outcome outcome = eval({"yes", "unknown"}, {"--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto result = nlohmann::json::parse(outcome.out);
  const auto& open_set = result.at("open_set");
  const auto& confusion = result.at("confusion");
  EXPECT_EQ(open_set.at("known").at("correct"), confusion[0][0]);
  EXPECT_EQ(open_set.at("known").at("rejected"), confusion[0][1]);
  EXPECT_EQ(open_set.at("known").at("wrong_class"), 0);
  EXPECT_EQ(open_set.at("unknown").at("accepted"), confusion[1][0]);
  EXPECT_EQ(open_set.at("unknown").at("rejected"), confusion[1][1]);
  EXPECT_FALSE(open_set.contains("background"));
  EXPECT_EQ(result.at("packed").at("ten_crops").at("open_set"), open_set);
  const double auroc = result.at("packed").at("single_window").at("open_set").at("auroc");
  EXPECT_GE(auroc, 0);
  EXPECT_LE(auroc, 1);
}

TEST_F(Eval, PrintsTheOpenSet) {
  const Outcome outcome = eval({"yes", "background"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("open set, 10 crops "));
  EXPECT_THAT(outcome.out, HasSubstr("\nbackground                  6        -"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("\nunknown")));
  EXPECT_THAT(outcome.out, HasSubstr("AUROC of known classes against the others: 0."));
  EXPECT_THAT(outcome.out, HasSubstr("(single window 0."));
}

TEST_F(Eval, HasNoOpenSetWithoutAClassToReject) {
  const Outcome text = eval({"yes", "no"}), json = eval({"yes", "no"}, {"--json"});
  ASSERT_EQ(text.status, 0) << text.err;
  EXPECT_THAT(text.out, Not(HasSubstr("open set")));
  EXPECT_THAT(json.out, Not(HasSubstr("open_set")));
}

}  // namespace
}  // namespace stapes::test
