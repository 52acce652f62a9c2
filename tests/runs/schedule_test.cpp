// SPDX-License-Identifier: Apache-2.0
#include "runs/schedule.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace stapes {
namespace {

TEST(Schedule, StepsAreThePublishedOnes) {
  const ScheduleSpec spec{Schedule::kSteps, 0.1, 100, 10};
  EXPECT_DOUBLE_EQ(learning_rate(spec, 0), 0.01);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 9.9), 0.01);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 10), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 29.9), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 30), 0.01);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 60), 0.001);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 99), 0.0001);
}

TEST(Schedule, StepsGoWhereTheyAreTold) {
  const ScheduleSpec spec{Schedule::kSteps, 1, 100, 5, {0.15, 0.5}, 4};
  EXPECT_DOUBLE_EQ(learning_rate(spec, 4), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 5), 1);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 15), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 99), 0.0625);
}

TEST(Schedule, OneCycleRisesToItsPeakAndFallsToZero) {
  const ScheduleSpec spec{Schedule::kOneCycle, 0.05, 10};
  EXPECT_DOUBLE_EQ(learning_rate(spec, 0), 0.002);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 3), 0.05);
  EXPECT_NEAR(learning_rate(spec, 10), 0, 1e-12);
}

TEST(Schedule, CosineHalvesAtHalf) { EXPECT_NEAR(learning_rate({Schedule::kCosine, 1e-3, 10}, 5), 5e-4, 1e-12); }

TEST(Schedule, NamesAreReadBack) {
  for (const Schedule s : {Schedule::kSteps, Schedule::kOneCycle, Schedule::kCosine}) {
    EXPECT_EQ(parse_name<Schedule>(to_string(s), "schedule"), s);
  }
  EXPECT_THROW(parse_name<Schedule>("linear", "schedule"), UsageError);
}

}  // namespace
}  // namespace stapes
