// SPDX-License-Identifier: Apache-2.0
#include "emulate/energy_estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "emulate/board_or_skip.h"
#include "emulate/measure_model.h"
#include "packed/writer.h"
#include "support/tiny_models.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

// 10 million instructions per window and 2 million per hop, at 1.4 cycles per instruction and 120 MHz.
class Energy : public testing::Test {
 protected:
  Energy() : sound_(serialize_model(tiny_int8()), "sound") {
    time_.clock_hz = 120e6;
    time_.cycles_per_instruction = 1.4;
    time_.window_seconds = 14e6 / 120e6;
    time_.hop_samples = 8000;  // a second
    time_.hop_seconds = 2.8e6 / 120e6;
  }

  ModelFile sound_;
  TimeEstimate time_;
  EnergyRequest request_{.board = find_energy_board("l4r5"), .every_seconds = {}, .battery = Battery{1, 3}};
};

TEST_F(Energy, OfAWindowIsCyclesTimesTheConstantOfTheBoard) {
  const EnergyEstimate energy = estimate_energy(request_, time_, sound_.model());
  EXPECT_NEAR(energy.window_seconds.typical, 14e6 / 120e6, 1e-12);
  EXPECT_NEAR(energy.window_seconds.low, 12e6 / 120e6, 1e-12);  // 1.2 and 1.6 cycles per instruction
  EXPECT_NEAR(energy.window_seconds.high, 16e6 / 120e6, 1e-12);
  EXPECT_NEAR(energy.window_joules.typical, 14e6 * 278.5e-12, 1e-12);
  EXPECT_NEAR(energy.window_joules.low, 12e6 * 275e-12, 1e-12);
  EXPECT_NEAR(energy.window_joules.high, 16e6 * 282e-12, 1e-12);
}

TEST_F(Energy, OfAHopAndTheSleepBehindItGiveThePowerAndTheDays) {
  const EnergyEstimate energy = estimate_energy(request_, time_, sound_.model());
  EXPECT_NEAR(energy.every_seconds, 1, 1e-12);
  EXPECT_NEAR(energy.step_joules.typical, 2.8e6 * 278.5e-12, 1e-12);
  ASSERT_TRUE(energy.mean_watts && energy.battery_days);
  const double asleep = 1 - 2.8 / 120;
  const double watts = 2.8e6 * 278.5e-12 + 5e-6 * 3 * asleep;
  EXPECT_NEAR(energy.mean_watts->typical, watts, 1e-12);
  EXPECT_NEAR(energy.battery_days->typical, 10800 / watts / 86400, 1e-6);  // 1 Ah at 3 V: 10,800 J
  EXPECT_LT(energy.mean_watts->low, watts);
  EXPECT_GT(energy.mean_watts->high, watts);
  EXPECT_LT(energy.battery_days->low, energy.battery_days->typical);  // the highest power
  EXPECT_NEAR(energy.battery_days->low * energy.mean_watts->high, energy.battery_days->high * energy.mean_watts->low,
              1e-9);
}

TEST_F(Energy, WithAPeriodAWholeWindowIsComputedEachTime) {
  request_.every_seconds = 10;
  request_.sleep_amperes = 0;
  const EnergyEstimate energy = estimate_energy(request_, time_, sound_.model());
  EXPECT_EQ(energy.step_joules.typical, energy.window_joules.typical);
  EXPECT_NEAR(energy.mean_watts->typical, 14e6 * 278.5e-12 / 10, 1e-15);
}

TEST_F(Energy, AnotherSleepCurrentCountsAtTheVoltageOfTheBattery) {
  request_.every_seconds = 3600;
  request_.sleep_amperes = 1e-3;
  request_.battery = Battery{1, 2};
  const double asleep = 2e-3 * (1 - 14.0 / 120 / 3600);
  const EnergyEstimate energy = estimate_energy(request_, time_, sound_.model());
  EXPECT_NEAR(energy.mean_watts->typical, asleep + 14e6 * 278.5e-12 / 3600, 1e-12);
}

TEST_F(Energy, WhatCannotKeepUpHasNoMeanPower) {
  request_.every_seconds = 0.1;  // a window takes 0.117 s
  const EnergyEstimate energy = estimate_energy(request_, time_, sound_.model());
  EXPECT_FALSE(energy.keeps_up);
  EXPECT_FALSE(energy.mean_watts.has_value());
  EXPECT_FALSE(energy.battery_days.has_value());
}

// At the highest number of cycles per instruction, a window takes 0.133 s, more than the period.
TEST_F(Energy, WhatMayNotKeepUpComputesAllTheTimeAtMost) {
  request_.every_seconds = 0.12;
  const EnergyEstimate energy = estimate_energy(request_, time_, sound_.model());
  ASSERT_TRUE(energy.mean_watts.has_value());
  EXPECT_NEAR(energy.mean_watts->high, 282e-12 * 120e6, 1e-9);
}

TEST_F(Energy, OfAModelOfFeaturesHasNoMeanPowerWithoutAPeriod) {
  const ModelFile features(serialize_model(tiny_depthwise(1)), "features");
  request_.battery = {};
  const EnergyEstimate energy = estimate_energy(request_, time_, features.model());
  EXPECT_EQ(energy.every_seconds, 0);
  EXPECT_GT(energy.window_joules.typical, 0);
  EXPECT_FALSE(energy.mean_watts.has_value());
  request_.every_seconds = 1;
  EXPECT_TRUE(estimate_energy(request_, time_, features.model()).mean_watts.has_value());
}

TEST(EnergyBoards, HaveCoresThatAreEmulatedAndOrderedRanges) {
  for (const EnergyBoard& board : energy_boards()) {
    const Board& core = find_board(board.target);
    EXPECT_TRUE(core.emulated()) << board.name;
    EXPECT_LT(board.picojoules_per_cycle.low, board.picojoules_per_cycle.high) << board.name;
    EXPECT_LT(board.cycles_per_instruction.low, core.cycles_per_instruction) << board.name;
    EXPECT_GT(board.cycles_per_instruction.high, core.cycles_per_instruction) << board.name;
    EXPECT_NEAR(board.cycles_per_instruction.middle(), core.cycles_per_instruction, 0.005) << board.name;
  }
  EXPECT_THAT([] { find_energy_board("l4r6"); },
              ThrowsMessage<UsageError>(AllOf(HasSubstr("'l4r6'"), HasSubstr("l4r5, u575 or u385"))));
}

TEST(EnergyBoards, SetTheLimitsAndTheClock) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m33"));
  const ModelFile file(serialize_model(tiny_int8()), "tiny");
  const EnergyRequest u385{.board = find_energy_board("u385"), .every_seconds = {}, .battery = {}};
  const ModelMeasure measure = measure_as_asked(
      file, {.target = "", .flash_bytes = {}, .ram_bytes = {}, .clock_hz = {}, .work = {}, .energy = u385});
  EXPECT_EQ(measure.cost.board.product, "STM32U385RG");
  EXPECT_EQ(measure.cost.board.ram_bytes, 256 * 1024);
  EXPECT_EQ(measure.time.clock_hz, 96e6);
  const double cycles = static_cast<double>(measure.cost.run.instructions) * 1.25;
  ASSERT_TRUE(measure.energy.has_value());
  EXPECT_NEAR(measure.energy->window_joules.typical, cycles * 57e-12, 1e-15);
}

}  // namespace
}  // namespace stapes::test
