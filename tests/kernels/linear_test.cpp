// SPDX-License-Identifier: Apache-2.0
#include "kernels/linear/linear.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/conv_oracle.h"
#include "kernels/rescale_oracle.h"
#include "support/conv_tolerance.h"

namespace stapes {
namespace {

// A linear layer is a 1 x 1 convolution of one position.
class Linear : public testing::TestWithParam<std::pair<int, int>> {
 protected:
  const int inputs_ = GetParam().first, outputs_ = GetParam().second;
  const test::ConvCase k_{1, 1, inputs_, outputs_, 1, 1};
  Philox rng_{13, Philox::Purpose::kTest};
  static constexpr float kScale = 0.03f;  // of int8 inputs to f32

  template <class W, class X, class Y>
  std::vector<Y> run(const std::vector<W>& weights, const std::vector<Y>& bias, const std::vector<X>& input,
                     int zero_point, void (*kernel)(const LinearArgs<W, X, Y>&) noexcept) {
    std::vector<Y> out(static_cast<std::size_t>(outputs_) + 1, Y{77});
    kernel({weights.data(), bias.data(), input.data(), out.data(), inputs_, outputs_, zero_point, kScale});
    EXPECT_EQ(out.back(), Y{77}) << "wrote past the last output";
    out.pop_back();
    return out;
  }
  template <class W, class X>
  std::vector<std::int32_t> expected(const std::vector<W>& weights, const std::vector<std::int32_t>& bias,
                                     const std::vector<X>& input, int zero_point) {
    std::vector<std::int32_t> want;
    for (const auto& v : test::convolve_by_definition(k_, weights, input, zero_point)) {
      want.push_back(static_cast<std::int32_t>(v.sum) + bias[want.size()]);
    }
    return want;
  }
};

TEST_P(Linear, EqualsTheDefinitionInFloat) {
  std::vector<float> weights, input, bias;
  for (std::size_t i = 0; i < k_.weights(); ++i) weights.push_back(static_cast<float>(rng_.uniform(-1, 1)));
  for (int i = 0; i < inputs_; ++i) input.push_back(static_cast<float>(rng_.uniform(-1, 1)));
  for (int i = 0; i < outputs_; ++i) bias.push_back(static_cast<float>(rng_.uniform(-1, 1)));
  const auto want = test::convolve_by_definition(k_, weights, input);
  const auto got = run(weights, bias, input, 0, linear_f32_scalar);
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_NEAR(got[i], want[i].sum + bias[i], test::sum_tolerance(inputs_ + 1, want[i].magnitude + std::abs(bias[i])));
  }
}

TEST_P(Linear, MakesInt8InputsReal) {
  std::vector<float> weights, real, bias;
  for (std::size_t i = 0; i < k_.weights(); ++i) weights.push_back(static_cast<float>(rng_.uniform(-1, 1)));
  for (int i = 0; i < outputs_; ++i) bias.push_back(static_cast<float>(rng_.uniform(-1, 1)));
  const auto input = test::random_integers<std::int8_t>(rng_, static_cast<std::size_t>(inputs_), -128, 127);
  for (const std::int8_t q : input) real.push_back(kScale * static_cast<float>(q + 9));
  EXPECT_EQ(run(weights, bias, input, -9, linear_f32_from_i8_scalar), run(weights, bias, real, 0, linear_f32_scalar));
}

TEST_P(Linear, EqualsTheDefinitionInInt8) {
  const auto weights = test::random_integers<std::int8_t>(rng_, k_.weights(), -127, 127);
  const auto input = test::random_integers<std::int8_t>(rng_, static_cast<std::size_t>(inputs_), -128, 127);
  const auto bias = test::random_integers<std::int32_t>(rng_, static_cast<std::size_t>(outputs_), -99999, 99999);
  for (const int zero_point : {-128, 0, 127}) {
    EXPECT_EQ(run(weights, bias, input, zero_point, linear_i8_scalar), expected(weights, bias, input, zero_point));
  }
}

// The shifts are as large as sums of 65 inputs allow (below 2^22).
TEST_P(Linear, FollowsTheTfliteRulesFromInt8ToInt8) {
  const auto outputs = static_cast<std::size_t>(outputs_);
  const auto weights = test::random_integers<std::int8_t>(rng_, k_.weights(), -128, 127);
  const auto input = test::random_integers<std::int8_t>(rng_, static_cast<std::size_t>(inputs_), -128, 127);
  const auto bias = test::random_integers<std::int32_t>(rng_, outputs, -99999, 99999);
  const auto multiplier = test::random_integers<std::int32_t>(rng_, outputs, 1 << 30, 2147483647);
  const auto expect_rule = [&](auto kernel, auto rescale, const std::vector<std::int32_t>& shift, int zero_point) {
    std::vector<std::int8_t> out(outputs + 1, 77), want;
    kernel({weights.data(), bias.data(), multiplier.data(), shift.data(), input.data(), out.data(), inputs_, outputs_,
            zero_point, -20, -90, 100});
    for (const std::int64_t sum : expected(weights, bias, input, zero_point)) {
      const std::int64_t q = -20 + rescale(sum, multiplier[want.size()], shift[want.size()]);
      want.push_back(static_cast<std::int8_t>(std::clamp<std::int64_t>(q, -90, 100)));
    }
    want.push_back(77);
    EXPECT_EQ(out, want) << "zero point " << zero_point << "; the last: wrote past the last output";
  };
  for (const auto& [lowest_shift, highest_shift] : {std::pair{-15, -9}, std::pair{-31, 8}}) {
    const auto shift = test::random_integers<std::int32_t>(rng_, outputs, lowest_shift, highest_shift);
    for (const int zero_point : {-128, 3, 127}) {
      expect_rule(linear_i8_to_i8_scalar, test::rescale_by_definition, shift, zero_point);
      expect_rule(linear_i8_once_scalar, test::rescale_once_by_definition, shift, zero_point);
    }
  }
}

TEST(LinearI8ToI8, ClampsAndTakesTheEndsOfItsRanges) {
  const std::int8_t weights[] = {1, 1, -128, 127}, input[] = {-128};
  const std::int32_t bias[] = {0, (1 << 30) - 1, 255, -255 * 127};
  const std::int32_t multiplier[] = {2147483647, 2147483647, 0, 1 << 30}, shift[] = {30, 0, 0, -31};
  std::int8_t out[] = {77, 77, 77, 77};
  LinearI8ToI8Args args{.weights = weights,
                        .bias = bias,
                        .multiplier = multiplier,
                        .shift = shift,
                        .input = input,
                        .output = out,
                        .inputs = 1,
                        .outputs = 4,
                        .in_zero_point = -128,
                        .out_zero_point = 5,
                        .minimum = -128,
                        .maximum = 127};
  for (const auto kernel : {linear_i8_to_i8_scalar, linear_i8_once_scalar}) {
    args.minimum = -128;
    args.maximum = 127;
    kernel(args);
    EXPECT_THAT(out, testing::ElementsAre(5, 127, 5, 5));
    args.minimum = 6;
    args.maximum = 9;
    kernel(args);
    EXPECT_THAT(out, testing::ElementsAre(6, 9, 6, 6));
  }
}

TEST_P(Linear, EqualsTheDefinitionInInt16) {
  const int weight = 2'000'000'000 / 60'000 / inputs_;  // sums near the limit of int32
  const auto weights = test::random_integers<std::int16_t>(rng_, k_.weights(), -weight, weight);
  const auto input = test::random_integers<std::int32_t>(rng_, static_cast<std::size_t>(inputs_), 0, 60'000);
  const auto bias = test::random_integers<std::int32_t>(rng_, static_cast<std::size_t>(outputs_), -99999, 99999);
  EXPECT_EQ(run(weights, bias, input, 0, linear_i16_scalar), expected(weights, bias, input, 0));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Linear,
                         testing::Values(std::pair{1, 1}, std::pair{7, 2}, std::pair{8, 3}, std::pair{9, 50},
                                         std::pair{31, 10}, std::pair{48, 10}, std::pair{65, 5}));

}  // namespace
}  // namespace stapes
