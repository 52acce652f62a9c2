// SPDX-License-Identifier: Apache-2.0
#include "kernels/softmax/softmax_f32.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/conv_oracle.h"

namespace stapes {
namespace {

// The exponential has a relative error of a few roundings of 2^-24, plus the rounding of its argument of up to 87: less
// than 2^-18 for values that a float distinguishes from 0. Sum and division add one rounding per channel.
constexpr double kRelative = 1.0 / (1 << 17);

TEST(SoftmaxF32, IsTheShareOfEachExponential) {
  Philox rng(42, Philox::Purpose::kTest);
  for (const auto& [positions, channels, spread] :
       {std::tuple{1, 1, 1.0}, {3, 2, 5.0}, {2, 12, 40.0}, {1, 1000, 3.0}}) {
    const auto width = static_cast<std::size_t>(channels);
    std::vector<float> input(static_cast<std::size_t>(positions) * width);
    for (float& v : input) v = static_cast<float>(rng.uniform(-spread, spread));
    std::vector<float> output(input.size() + 1, 77);
    softmax_f32_scalar({input.data(), output.data(), positions, channels});
    EXPECT_EQ(output.back(), 77) << "wrote past the last output";
    for (std::size_t row = 0; row < input.size(); row += width) {
      double sum = 0;
      for (std::size_t c = 0; c < width; ++c) sum += std::exp(double{input[row + c]});
      for (std::size_t c = 0; c < width; ++c) {
        const double want = std::exp(double{input[row + c]}) / sum;
        ASSERT_NEAR(output[row + c], want, want * kRelative + std::numeric_limits<float>::min()) << c;
      }
    }
  }
}

TEST(LogisticF32, IsTheSigmoid) {
  std::vector<float> input;
  for (int i = -1200; i <= 1200; ++i) input.push_back(static_cast<float>(i) / 10);
  std::vector<float> output(input.size() + 1, 77);
  logistic_f32_scalar({input.data(), output.data(), static_cast<int>(input.size())});
  EXPECT_EQ(output.back(), 77) << "wrote past the last output";
  for (std::size_t i = 0; i < input.size(); ++i) {
    const double want = 1 / (1 + std::exp(-double{input[i]}));
    ASSERT_NEAR(output[i], want, want * kRelative + 1.7e-38) << input[i];
  }
}

TEST(SoftmaxF32, ExtremesStayInRangeAndWhatIsNotANumberShows) {
  const float infinity = std::numeric_limits<float>::infinity(), none = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> input = {3e38f, -3e38f, 0, 1, none, 2};
  std::vector<float> output(6);
  softmax_f32_scalar({input.data(), output.data(), 3, 2});
  EXPECT_EQ(output[0], 1);
  EXPECT_EQ(output[1], 0);
  EXPECT_TRUE(std::isnan(output[4]) && std::isnan(output[5]));
  const std::vector<float> ends = {infinity, -infinity, none, 0};
  logistic_f32_scalar({ends.data(), output.data(), 4});
  EXPECT_EQ(output[0], 1);
  EXPECT_EQ(output[1], 0);
  EXPECT_TRUE(std::isnan(output[2]));
  EXPECT_EQ(output[3], 0.5f);
}

}  // namespace
}  // namespace stapes
