#include "compress/range_histogram.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/philox.h"

namespace stapes {
namespace {

TEST(RangeHistogram, OfNothingIsZero) {
  const RangeHistogram::Range range = RangeHistogram().best_range();
  EXPECT_EQ(range.low, 0);
  EXPECT_EQ(range.high, 0);
}

TEST(RangeHistogram, KeepsTheExtremes) {
  RangeHistogram histogram;
  histogram.add(std::vector<float>{0.1f, -3.0f, 700.0f});
  EXPECT_EQ(histogram.minimum(), -3.0f);
  EXPECT_EQ(histogram.maximum(), 700.0f);
}

TEST(RangeHistogram, UniformValuesKeepTheirWholeRange) {
  RangeHistogram histogram;
  Philox rng(7, Philox::Purpose::kTest);
  for (int i = 0; i < 20000; ++i) histogram.add(std::vector<float>{static_cast<float>(rng.uniform())});
  EXPECT_GT(histogram.best_range().high, 0.98);
}

TEST(RangeHistogram, OneFarOutlierIsClipped) {
  RangeHistogram histogram;
  Philox rng(7, Philox::Purpose::kTest);
  for (int i = 0; i < 200000; ++i) histogram.add(std::vector<float>{static_cast<float>(rng.uniform())});
  histogram.add(std::vector<float>{20.0f});
  // Cost of a top h: 200000 * (h/255)^2 / 12 for rounding + (20 - h)^2 for clipping; least at h = 20 / 1.256 = 15.9.
  EXPECT_NEAR(histogram.best_range().high, 15.9, 0.5);
}

TEST(RangeHistogram, OrderDoesNotMatterWhenTheLimitGrows) {
  RangeHistogram up, down;
  std::vector<float> values;
  for (int i = 1; i <= 4096; ++i) values.push_back(static_cast<float>(i % 2 == 0 ? i : -i) / 16);
  up.add(values);
  std::vector<float> reversed(values.rbegin(), values.rend());
  down.add(reversed);
  EXPECT_NEAR(up.best_range().high, down.best_range().high, 0.02 * up.maximum());
}

}  // namespace
}  // namespace stapes
