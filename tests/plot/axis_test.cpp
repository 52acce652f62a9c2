// SPDX-License-Identifier: Apache-2.0
#include "plot/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stapes {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::Pointwise;

TEST(AxisTicks, AreRoundAndCoverTheRange) {
  EXPECT_THAT(axis_ticks(0, 100, 5), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(axis_ticks(0, 7, 5), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(axis_ticks(1, 3, 2), ElementsAre(1, 2, 3));
  EXPECT_THAT(axis_ticks(-0.05, 0.1, 3), ElementsAre(-0.05, 0, 0.05, 0.1));
}

TEST(LogAxisTicks, AreRoundWithinTheRangeAndFewOnALongOne) {
  EXPECT_THAT(log_axis_ticks(15, 260), Pointwise(DoubleEq(), {20.0, 50.0, 100.0, 200.0}));
  EXPECT_THAT(log_axis_ticks(0.9, 900), Pointwise(DoubleEq(), {1.0, 3.0, 10.0, 30.0, 100.0, 300.0}));
  EXPECT_THAT(log_axis_ticks(1, 1e5), Pointwise(DoubleEq(), {1.0, 10.0, 100.0, 1000.0, 1e4, 1e5}));
}

TEST(Scale, PutsTheGeometricMeanInTheMiddleOfALogarithmicAxis) {
  const Scale scale{{1, 100}, 0, 50, true};
  EXPECT_DOUBLE_EQ(scale(1), 0);
  EXPECT_DOUBLE_EQ(scale(10), 25);
  EXPECT_DOUBLE_EQ(scale(100), 50);
}

}  // namespace
}  // namespace stapes
