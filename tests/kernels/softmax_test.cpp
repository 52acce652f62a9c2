// SPDX-License-Identifier: Apache-2.0
#include "kernels/softmax/softmax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "kernels/conv_oracle.h"
#include "kernels/softmax/softmax_params.h"
#include "support/shared_data.h"

namespace stapes {
namespace {

using Integers = std::vector<int>;

Integers every_int8() {
  Integers all;
  for (int q = -128; q <= 127; ++q) all.push_back(q);
  return all;
}

Integers softmax_at(double scale, int positions, int channels, const Integers& input) {
  const std::vector<std::int8_t> q(input.begin(), input.end());
  std::vector<std::int8_t> out(input.size() + 1, std::int8_t{77});
  const SoftmaxParams p = softmax_params(scale);
  const SoftmaxArgs args{q.data(), out.data(), positions, channels, p.multiplier, p.shift, p.diff_min};
  softmax_scalar(args);
  EXPECT_EQ(out.back(), 77) << "wrote past the last output";
  return {out.begin(), out.end() - 1};
}

Integers logistic_at(double scale, int zero_point, const Integers& input) {
  const std::vector<std::int8_t> q(input.begin(), input.end());
  std::vector<std::int8_t> out(input.size() + 1, std::int8_t{77});
  const LogisticParams p = logistic_params(scale);
  const LogisticArgs args{q.data(), out.data(),    static_cast<int>(q.size()), zero_point, p.multiplier,
                          p.shift,  p.range_radius};
  logistic_scalar(args);
  EXPECT_EQ(out.back(), 77) << "wrote past the last output";
  return {out.begin(), out.end() - 1};
}

Integers read_integers(std::istream& in, std::size_t count) {
  Integers values(count);
  for (int& v : values) in >> v;
  return values;
}

// The golden file is described in tests/golden/README.md. Each case reads its own lines.
void expect_softmax_of_tflite(double scale, std::istream& in) {
  int positions = 0, channels = 0;
  in >> positions >> channels;
  const auto count = static_cast<std::size_t>(positions * channels);
  const Integers input = read_integers(in, count), want = read_integers(in, count);
  EXPECT_EQ(softmax_at(scale, positions, channels, input), want) << scale;
}

void expect_logistic_of_tflite(double scale, const Integers& input, int zero_point, const Integers& want) {
  EXPECT_EQ(logistic_at(scale, zero_point, input), want) << scale;
}

TEST(Exponentials, EqualTensorFlowLite) {
  const auto text = test::read_golden<char>("tflite_exponentials.txt");
  std::istringstream in(std::string(text.begin(), text.end()));
  std::map<std::string, int> cases;
  std::string op;
  for (float scale; in >> op >> scale; ++cases[op]) {
    if (op == "softmax") {
      expect_softmax_of_tflite(scale, in);
      continue;
    }
    const int zero_point = read_integers(in, 1)[0];
    const Integers input = op == "point" ? read_integers(in, 1) : every_int8();
    expect_logistic_of_tflite(scale, input, zero_point, read_integers(in, input.size()));
    ASSERT_FALSE(in.fail());
  }
  EXPECT_EQ(cases, (std::map<std::string, int>{{"softmax", 33}, {"logistic", 14}, {"point", 10}}));
}

// The maximum distance of q from 256 times the real value. The relative error of e^x is below 2^-20: 2^-21.9 for the
// remainder of the polynomial, x^5 / 120 for |x| <= 1/8; below 2^-25 for the exponent, rounded in Q26 after a
// multiplier of 31 bits; about 2^-31 for the products. Each term of the sum is rounded to Q19, 2^-20, or left out below
// e^-15.5 = 2^-22.3. The largest of the n terms is 1, so their relative error is below n * 2^-19. Newton's last step
// errs by about 2^-29. The output is rounded.
double softmax_tolerance(int channels, double probability) {
  return 0.5 + 256 * (0x1p-19 + channels * 0x1p-19 * probability);
}
double logistic_tolerance() { return 0.5 + 256 * 0x1p-19; }

void expect_softmax_near(double scale, int channels, const Integers& input) {
  const Integers got = softmax_at(scale, 1, channels, input);
  const int largest = *std::max_element(input.begin(), input.end());
  double sum = 0;
  for (const int q : input) sum += std::exp(scale * (q - largest));
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double p = std::exp(scale * (input[i] - largest)) / sum;
    ASSERT_NEAR(got[i] + 128, std::min(256 * p, 255.0), softmax_tolerance(channels, p)) << scale << ", channel " << i;
  }
}

TEST(Softmax, IsNearTheRealOne) {
  Philox random(23, Philox::Purpose::kTest);
  for (const double scale : {2e-8, 0.001, 0.0173, 0.05, 0.11, 0.24, 0.5, 1.0, 3.3, 7.9, 20.0, 1e6}) {
    expect_softmax_near(scale, 256, every_int8());
    expect_softmax_near(scale, 1, {-77});
    expect_softmax_near(scale, 2, {-128, 127});
    for (const int channels : {2, 3, 10, 50, 511, 512, 1000, 4095}) {
      for (const int high : {-128, -110, 127}) {
        expect_softmax_near(scale, channels,
                            test::random_integers<int>(random, static_cast<std::size_t>(channels), -128, high));
      }
    }
  }
}

// For scales below 4 the range ends at 6 or beyond, where 256 / (1 + e^6) = 0.64 counts as 0. For larger scales,
// TensorFlow Lite cuts off more.
TEST(Logistic, IsNearTheRealOne) {
  for (double scale = 3.9; scale > 0x1p-28; scale *= 0.93) {
    const int radius = logistic_params(scale).range_radius;
    for (const int zero_point : {-128, -5, 127}) {
      const Integers got = logistic_at(scale, zero_point, every_int8());
      for (int q = -128; q <= 127; ++q) {
        const double real = 256 / (1 + std::exp(-scale * (q - zero_point)));
        const double tolerance = std::abs(q - zero_point) < radius ? logistic_tolerance() : 0.64;
        ASSERT_NEAR(got[static_cast<std::size_t>(q + 128)] + 128, std::min(real, 255.0), tolerance)
            << scale << ' ' << q;
      }
    }
  }
}

TEST(SoftmaxParams, FollowTheRules) {
  const SoftmaxParams s = softmax_params(0.25);  // 0.25 * 2^26 = 2^24 = 2^30 * 2^(25 - 31); 31 * 2^26 / 2^25
  EXPECT_EQ((std::vector{s.multiplier, s.shift, s.diff_min}), (std::vector{1 << 30, 25, -62}));
  const LogisticParams l = logistic_params(0.375);  // 0.375 * 2^27 = 1.5 * 2^25; 15 * 2^27 / 2^26
  EXPECT_EQ((std::vector{l.multiplier, l.shift, l.range_radius}), (std::vector{3 << 29, 26, 30}));
  EXPECT_EQ(softmax_params(0.05).diff_min, -255);      // clamped from -496
  EXPECT_EQ(logistic_params(0.01).range_radius, 256);  // clamped from 1920
  EXPECT_EQ(softmax_params(17).diff_min, 0);           // 31 * 2^26 / 2^31
  EXPECT_EQ(logistic_params(8).range_radius, 0);       // 15 * 2^27 / 2^31
  EXPECT_EQ(logistic_params(7.9).range_radius, 1);     // 15 * 2^27 / 2^30
  EXPECT_TRUE(softmax_takes_scale(0x1.01p-26) && logistic_takes_scale(0x1p-28));
  EXPECT_FALSE(softmax_takes_scale(0x1p-26) || logistic_takes_scale(0x0.ffp-28) || softmax_takes_scale(NAN) ||
               logistic_takes_scale(HUGE_VAL));
}

TEST(SoftmaxParams, StayInTheRangesOfTheKernels) {
  const auto in_range = [](std::int64_t multiplier, int shift, std::int64_t largest) {
    return multiplier >= 1 << 30 && multiplier < std::int64_t{1} << 31 && shift >= 0 && shift <= 30 &&
           largest << shift < std::int64_t{1} << 31;
  };
  for (double scale = 0x1p-28; scale < 1e9; scale *= 1.01) {
    const LogisticParams l = logistic_params(scale);
    EXPECT_TRUE(in_range(l.multiplier, l.shift, std::max(l.range_radius - 1, 0))) << scale;
    EXPECT_TRUE(l.range_radius >= 0 && l.range_radius <= 256) << scale;
    if (!softmax_takes_scale(scale)) continue;
    const SoftmaxParams s = softmax_params(scale);
    EXPECT_TRUE(in_range(s.multiplier, s.shift, -s.diff_min)) << scale;
    EXPECT_TRUE(s.diff_min >= -255 && s.diff_min <= 0) << scale;
  }
}

}  // namespace
}  // namespace stapes
