// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "emulate/board_or_skip.h"
#include "packed/writer.h"
#include "support/tiny_models.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;

class Measure : public testing::Test {
 protected:
  Measure() { write_model(folder_ / "m.stapes", tiny_int8(), Existing::kReplace); }

  TempDir folder_;
  const std::string model_ = (folder_ / "m.stapes").string();
  const Board board_ = find_board("cortex-m4");
};

TEST_F(Measure, HasTheKeysScriptsRelyOn) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  const Outcome outcome = run_stapes({"measure", model_, "--target", "cortex-m4", "--json", "--clock", "84M"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["target"], "cortex-m4");
  EXPECT_EQ(json["bit_equal"], true);
  const auto number = [&](const char* key) { return json.at(key).get<std::int64_t>(); };
  EXPECT_GT(number("instructions"), 10'000);
  EXPECT_EQ(number("flash_bytes"), number("code_bytes") + number("constant_bytes") + number("weight_bytes"));
  EXPECT_EQ(number("ram_bytes"), number("arena_bytes") + number("stack_bytes") + number("state_bytes"));
  ASSERT_EQ(json["layers"].size(), 7u);
  EXPECT_EQ(json["layers"][1]["name"], "conv2");
  EXPECT_EQ(json["layers"][1]["bit_equal"], true);
  EXPECT_GT(json["layers"][1]["instructions_per_mac"].get<double>(), 0);
  EXPECT_EQ(json["estimate"]["clock_hz"], 84e6);
  EXPECT_GT(json["estimate"]["times_real_time"].get<double>(), 0);
}

TEST_F(Measure, SaysWhatWasCountedMeasuredAndEstimated) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  const std::string kept = (folder_ / "kept").string();
  const Outcome outcome = run_stapes({"measure", model_, "--target", "cortex-m4", "--hop", "32", "--keep", kept});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const char* text : {"conv4", "[counted]", "[measured]", "ESTIMATE", "a hop of 32 samples",
                           "every layer, score and detection equals the host's bit for bit"}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
  EXPECT_THAT(outcome.out, testing::ContainsRegex("\n              the layers add up to [0-9]+, in a second image"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("between")));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "kept/build/plain.elf"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "kept/export/include/model.h"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"measure", model_, "--target", "cortex-m4", "--keep", kept}), 1, "kept"));
}

TEST_F(Measure, SaysThatDetectionsOfFloatModelsAreNotCompared) {
  const Board host = find_board("host");
  STAPES_SKIP_WITHOUT_TOOLS(host);
  const std::string floats = (folder_ / "f.stapes").string();
  write_model(floats, tiny_fp32(), Existing::kRefuse);
  const std::vector<std::string> arguments = {"measure", floats, "--target", "host", "--hop", "32"};
  const Outcome outcome = run_stapes(arguments);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("scores close to the host's"));
  EXPECT_THAT(outcome.out, HasSubstr("detections are not compared"));
}

TEST_F(Measure, CountsThePushesOfAHop) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  const Outcome outcome = run_stapes({"measure", model_, "--target", "cortex-m4", "--hop", "32", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const auto json = nlohmann::json::parse(outcome.out);
  const auto& hop = json.at("hop");
  EXPECT_EQ(hop.at("hop_samples"), 32);
  EXPECT_EQ(hop.at("block_samples"), 16);
  EXPECT_EQ(hop.at("detections_equal"), true);
  EXPECT_EQ(hop.at("fits"), true);
  const double mean = hop.at("mean_push_instructions"), worst = hop.at("worst_push_instructions");
  EXPECT_GT(worst, mean);
  EXPECT_NEAR(hop.at("hop_instructions").get<double>(), 2 * mean, 1);  // two blocks
  EXPECT_NEAR(json.at("estimate").at("hop_ms").get<double>(), 2 * hop.at("mean_push_ms").get<double>(), 1e-6);
}

TEST_F(Measure, WarnsWhereAHopDoesNotFit) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  const Outcome outcome = run_stapes({"measure", model_, "--target", "cortex-m4", "--hop", "32", "--clock", "1M"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("warning: too slow for real time: a hop of 4 ms takes "));
  EXPECT_THAT(outcome.out, HasSubstr("pushes        of 16 samples, with the detector: mean "));
}

TEST_F(Measure, TheHostTakesTimeAndCountsNothing) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("host"));
  const Outcome outcome = run_stapes({"measure", model_, "--target", "host", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_FALSE(json.contains("instructions"));
  EXPECT_FALSE(json.contains("estimate"));
  EXPECT_GT(json["measured"]["window_ms"].get<double>(), 0);
  EXPECT_EQ(json["bit_equal"], true);
}

TEST_F(Measure, SaysWhereBinaryLosesWhatItIsFor) {
  const Board m55 = find_board("cortex-m55");
  STAPES_SKIP_WITHOUT_TOOLS(m55);
  const std::string binary = (folder_ / "x.stapes").string();
  write_model(binary, tiny_xnor(), Existing::kRefuse);
  EXPECT_THAT(run_stapes({"measure", binary, "--target", "cortex-m55"}).out,
              HasSubstr("the same network in 8 bits may be as fast"));
  EXPECT_THAT(run_stapes({"measure", model_, "--target", "cortex-m55"}).out, Not(HasSubstr("in 8 bits may be")));
}

TEST_F(Measure, EstimatesEnergyAndDaysOnABattery) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  const Outcome outcome = run_stapes({"measure", model_, "--board", "l4r5", "--every", "1s", "--battery", "1000mAh@3V",
                                      "--sleep-current", "8uA", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["target"], "cortex-m4");
  const auto& energy = json.at("energy");
  const auto number = [&](const char* key) { return energy.at(key).at("estimate").get<double>(); };
  const double cycles = json.at("instructions").get<double>() * 1.4;
  EXPECT_EQ(energy.at("clock_hz"), 120e6);
  EXPECT_NEAR(number("window_ms"), cycles / 120e3, 1e-9);
  EXPECT_NEAR(number("window_mj"), cycles * 278.5e-9, 1e-12);
  EXPECT_NEAR(number("mean_mw"), number("window_mj") + 0.024 * (1 - cycles / 120e6), 1e-12);
  EXPECT_NEAR(number("battery_days"), 10800e3 / number("mean_mw") / 86400, 1e-6);
  for (const char* key : {"window_ms", "window_mj", "mean_mw", "battery_days"}) {
    EXPECT_LT(energy.at(key).at("low").get<double>(), number(key)) << key;
    EXPECT_GT(energy.at(key).at("high").get<double>(), number(key)) << key;
  }
}

TEST_F(Measure, LabelsEnergyAsAnEstimateWithTheErrorOfBothFactors) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  const Outcome outcome = run_stapes({"measure", model_, "--board", "l4r5", "--hop", "32", "--battery", "220mAh@3V"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const char* text : {"NUCLEO-L4R5ZI-P (STM32L4R5ZI, 120 MHz)", "mJ and ", "1.2 to 1.6 cycles per instruction",
                           "275 to 282 pJ per cycle", "mW at one hop every 4 ms, 5 uA asleep at 3 V",
                           " days on 220 mAh", "not counted   the microphone"}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
  const Outcome late = run_stapes({"measure", model_, "--board", "l4r5", "--every", "0.01ms", "--flash", "1M"});
  ASSERT_EQ(late.status, 0) << late.err;
  EXPECT_THAT(late.out, HasSubstr("the board cannot keep up"));
  EXPECT_THAT(late.err, HasSubstr("choose a longer --every"));
}

TEST_F(Measure, OfABoardIsRefusedInOneLine) {
  const auto refuses = [&](std::vector<std::string> more, const char* text) {
    std::vector<std::string> line = {"measure", model_};
    line.insert(line.end(), more.begin(), more.end());
    EXPECT_TRUE(fails_cleanly(run_stapes(line), 2, text));
  };
  refuses({"--board", "l4r6"}, "l4r5, u575 or u385");
  refuses({"--board", "l4r5", "--target", "cortex-m7"}, "cortex-m4");
  refuses({"--board", "l4r5", "--clock", "80M"}, "120 MHz");
  refuses({"--board", "l4r5", "--battery", "1000mAh"}, "1000mAh@3V");
  refuses({"--board", "l4r5", "--sleep-current", "5"}, "5uA");
  refuses({"--board", "l4r5", "--every", "1"}, "200ms");
  refuses({"--board", "l4r5", "--every", "1s", "--hop", "32"}, "--hop");
  refuses({"--target", "cortex-m4", "--battery", "1000mAh@3V"}, "--board");
}

TEST_F(Measure, TooLittleMemoryIsRefused) {
  STAPES_SKIP_WITHOUT_TOOLS(board_);
  EXPECT_TRUE(fails_cleanly(run_stapes({"measure", model_, "--target", "cortex-m4", "--ram", "1K"}), 1, "too many"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"measure", model_, "--target", "cortex-m4", "--flash", "1K"}), 1, "flash"));
}

TEST_F(Measure, RefusesInOneLineBeforeAnythingIsBuilt) {
  EXPECT_TRUE(fails_cleanly(run_stapes({"measure", model_, "--target", "z80"}), 2, "cortex-m0, cortex-m4"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"measure", model_}), 2, "--target"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"measure", model_, "--target", "cortex-m4", "--hop", "33"}), 2, "32"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"measure", model_, "--target", "cortex-m4", "--clock", "fast"}), 2, "--clock"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"measure", model_, "--target", "host", "--clock", "1M"}), 2, "--clock"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"measure", (folder_ / "none").string(), "--target", "host"}), 1, "none"));
}

TEST_F(Measure, AMissingCompilerIsNamedWithItsPackage) {
  const Outcome outcome =
      run_program("/usr/bin/env", {"PATH=/nowhere", stapes_program(), "measure", model_, "--target", "riscv32"});
  EXPECT_TRUE(fails_cleanly(outcome, 1, "gcc-riscv64-unknown-elf"));
}

}  // namespace
}  // namespace stapes::test
