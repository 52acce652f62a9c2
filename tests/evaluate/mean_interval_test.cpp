// SPDX-License-Identifier: Apache-2.0
#include "evaluate/mean_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace stapes {
namespace {

// The CDF of Student's distribution, by Simpson's rule over its density.
double student_below(double t, int n) {
  const double log_scale =
      std::lgamma((n + 1) / 2.0) - std::lgamma(n / 2.0) - 0.5 * std::log(n * 3.14159265358979323846);
  const auto density = [&](double x) { return std::exp(log_scale - (n + 1) / 2.0 * std::log1p(x * x / n)); };
  constexpr int kSteps = 20000;
  const double h = t / kSteps;
  double sum = density(0) + density(t);
  for (int i = 1; i < kSteps; ++i) sum += density(i * h) * (i % 2 == 1 ? 4 : 2);
  return 0.5 + sum * h / 3;
}

TEST(MeanInterval, TheQuantilesAreStudents) {
  for (const int n : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 30, 100, 1000}) {
    const double t = student_t_975(n);
    EXPECT_LT(student_below(t - 0.001, n), 0.975) << n;
    EXPECT_GT(student_below(t + 0.001, n), 0.975) << n;
  }
}

// By hand: 80, 85, 90 have s = 5; t(2) = 4.3027; 4.3027 * 5 / sqrt(3) = 12.4208.
TEST(MeanInterval, OfThreeFigures) {
  const MeanInterval result = mean_interval({80, 90, 85});
  EXPECT_DOUBLE_EQ(result.mean, 85);
  EXPECT_EQ(result.count, 3);
  ASSERT_TRUE(result.interval_95);
  EXPECT_NEAR(result.interval_95->low, 85 - 12.4208, 1e-3);
  EXPECT_NEAR(result.interval_95->high, 85 + 12.4208, 1e-3);
}

TEST(MeanInterval, OfOneFigureIsNotKnown) {
  const MeanInterval result = mean_interval({80});
  EXPECT_FALSE(result.interval_95);
  EXPECT_TRUE(to_json(result).at("interval_95").is_null());
}

}  // namespace
}  // namespace stapes
