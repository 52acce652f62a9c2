// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "packed/writer.h"
#include "support/acdnet_models.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;

class Bench : public testing::Test {
 protected:
  Bench() { write_model(folder_ / "m.stapes", acdnet_model("int8", kMicroWidths, 10), Existing::kReplace); }

  TempDir folder_;
  std::string model_ = (folder_ / "m.stapes").string();
};

TEST_F(Bench, HasTheKeysScriptsRelyOn) {
  const Outcome outcome = run_stapes({"bench", model_, "--json", "--seconds", "0.01", "--isa", "scalar"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["route"], "int8");
  EXPECT_GT(json["median_ms"].get<double>(), 0);
  EXPECT_GE(json["median_ms"], json["min_ms"]);
  ASSERT_EQ(json["layers"].size(), 15u);
  EXPECT_EQ(json["layers"][1]["name"], "conv2");
  for (const auto& layer : json["layers"]) EXPECT_EQ(layer["isa"], "scalar");
  EXPECT_EQ(json["peaks_per_second"].size(), 1u);  // the one allowed instruction set
}

TEST_F(Bench, SaysWhatWasMeasuredAndWhatCounted) {
  const Outcome outcome = run_stapes({"bench", model_, "--seconds", "0.01", "--threads", "2"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const char* text : {"conv12", "times real time", "of bound", "Measured:", "2 threads"}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
}

TEST_F(Bench, RefusesInOneLine) {
  EXPECT_TRUE(fails_cleanly(run_stapes({"bench", (folder_ / "none").string()}), 1, "none"));
  write_text_file(folder_ / "text", "no model", Existing::kReplace);
  EXPECT_TRUE(fails_cleanly(run_stapes({"bench", (folder_ / "text").string()}), 1, "text"));
  for (const char* seconds : {"0", "-1", "nan", "1e9", "x"}) {
    EXPECT_TRUE(fails_cleanly(run_stapes({"bench", model_, "--seconds", seconds}), 2, "--seconds")) << seconds;
  }
  EXPECT_TRUE(fails_cleanly(run_stapes({"bench", model_, "--threads", "0"}), 2, "--threads"));
}

TEST_F(Bench, RefusesInstructionSetsThatAreNotHere) {
#if defined(__x86_64__)
  const std::string other = "neon";
#else
  const std::string other = "avx2";
#endif
  for (const std::string command : {"bench", "classify"}) {
    std::vector<std::string> arguments = {command, model_};
    if (command == "classify") arguments.push_back("sound.wav");
    arguments.insert(arguments.end(), {"--isa", other});
    EXPECT_TRUE(fails_cleanly(run_stapes(arguments), 1, "this machine has no " + other + "; it has scalar"));
    arguments.back() = "sse9";
    EXPECT_TRUE(fails_cleanly(run_stapes(arguments), 2, "unknown instruction set sse9; choose scalar, plain"));
  }
}

}  // namespace
}  // namespace stapes::test
