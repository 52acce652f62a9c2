// SPDX-License-Identifier: Apache-2.0
#include "kernels/mean/mean.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/conv_oracle.h"
#include "kernels/mean/mean_params.h"
#include "kernels/rescale_oracle.h"

namespace stapes {
namespace {

struct MeanCase {
  int in_h, in_w, channels, pool_h, pool_w, in_zero_point, out_zero_point;
  double in_scale, out_scale;
};

class Mean : public testing::TestWithParam<MeanCase> {};

TEST_P(Mean, IsTheRescaledSumOfEachWindow) {
  const MeanCase& k = GetParam();
  Philox rng(41, Philox::Purpose::kTest);
  const auto channels = static_cast<std::size_t>(k.channels);
  const auto input =
      test::random_integers<std::int8_t>(rng, static_cast<std::size_t>(k.in_h * k.in_w) * channels, -128, 127);
  const int out_h = k.in_h / k.pool_h, out_w = k.in_w / k.pool_w;
  std::vector<std::int8_t> out(static_cast<std::size_t>(out_h * out_w) * channels + 1, 77);
  const FixedPointFactor factor = mean_params(k.in_scale, k.out_scale, k.pool_h * k.pool_w);
  mean_scalar({input.data(), out.data(), k.in_h, k.in_w, k.channels, k.pool_h, k.pool_w, k.in_zero_point,
               k.out_zero_point, factor.multiplier, factor.shift});
  EXPECT_EQ(out.back(), 77) << "wrote past the last output";
  std::size_t at = 0;
  for (int y = 0; y < out_h; ++y) {
    for (int x = 0; x < out_w; ++x) {
      for (int c = 0; c < k.channels; ++c, ++at) {
        std::int64_t sum = 0;
        for (int i = 0; i < k.pool_h * k.pool_w; ++i) {
          const int row = y * k.pool_h + i / k.pool_w, column = x * k.pool_w + i % k.pool_w;
          sum += input[static_cast<std::size_t>(row * k.in_w + column) * channels + static_cast<std::size_t>(c)] -
                 k.in_zero_point;
        }
        const std::int64_t q = k.out_zero_point + test::rescale_by_definition(sum, factor.multiplier, factor.shift);
        ASSERT_EQ(out[at], std::clamp<std::int64_t>(q, -128, 127)) << at;
        // The exact mean may differ by the roundings: one output step and the truncated factor.
        const double exact =
            k.out_zero_point + static_cast<double>(sum) * k.in_scale / k.out_scale / (k.pool_h * k.pool_w);
        ASSERT_NEAR(out[at], std::clamp(exact, -128.0, 127.0), 1.01) << at;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Mean,
    testing::Values(MeanCase{1, 1, 1, 1, 1, 0, 0, 0.1, 0.1}, MeanCase{7, 5, 3, 7, 5, -128, 3, 0.02, 0.013},
                    MeanCase{8, 8, 17, 8, 8, 127, -128, 0.02, 0.02}, MeanCase{6, 5, 4, 6, 1, 4, -7, 0.02, 0.04},
                    MeanCase{7, 5, 4, 3, 2, 4, -7, 0.5, 0.02}, MeanCase{64, 32, 2, 64, 32, -1, 1, 0.02, 0.001}));

// As in TensorFlow Lite, the fixed-point factor is divided and truncated, not rounded.
TEST(MeanParams, DivideTheFixedPointFactor) {
  const FixedPointFactor by_50 = mean_params(1, 1, 50);
  EXPECT_EQ(by_50.multiplier, (std::int64_t{1} << 35) / 50);
  EXPECT_EQ(by_50.shift, 1 - 5);
  EXPECT_EQ(mean_params(1, 1, 1).multiplier, 1 << 30);
  EXPECT_EQ(mean_params(1, 1, 64).shift, 1 - 6);
  const FixedPointFactor tiny = mean_params(std::ldexp(1, -30), 1, 1024);  // no room for ten more bits
  EXPECT_EQ(tiny.shift, -31);
  EXPECT_EQ(tiny.multiplier, (std::int64_t{1} << (30 + 2)) / 1024);
}

}  // namespace
}  // namespace stapes
