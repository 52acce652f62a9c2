// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_bits/conv_bits.h"

#include <algorithm>

#include "kernels/bits_oracle.h"
#include "kernels/conv_oracle.h"
#include "kernels/variant_runner.h"

namespace stapes {
namespace {

constexpr std::uint32_t kCanary = 0xDEADBEEF;

TEST(Popcount32, CountsOnes) {
  Philox rng(1, Philox::Purpose::kTest);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint32_t x = rng.next_u32() & rng.next_u32();
    int ones = 0;
    for (int bit = 0; bit < 32; ++bit) ones += (x >> bit) & 1;
    ASSERT_EQ(popcount32(x), ones);
  }
  EXPECT_EQ(popcount32(0), 0);
  EXPECT_EQ(popcount32(~0u), 32);
}

class ConvBits : public testing::TestWithParam<test::ConvCase> {
 protected:
  ConvBits() {
    Philox rng(9, Philox::Purpose::kTest);
    weights_ = test::random_signs(rng, k_.weights());
    input_ = test::random_signs(rng, k_.inputs());
    packed_weights_ = test::pack_rows(weights_, k_.filter_size());
    packed_input_ = test::pack_rows(input_, k_.in_c);
    want_ = test::convolve_by_definition(k_, weights_, input_);
    const int spread = static_cast<int>(k_.weights() / static_cast<std::size_t>(k_.out_c)) / 4 + 1;
    thresholds_ = test::random_integers<std::int32_t>(rng, static_cast<std::size_t>(k_.out_c), -spread, spread);
    falling_ = test::random_integers<std::uint8_t>(rng, static_cast<std::size_t>(k_.out_c), 0, 1);
  }
  template <class Output>
  ConvBitsArgs<Output> args(bool with_falling, Output* output) {
    return {.shape = k_.shape(),
            .weights = packed_weights_.data(),
            .threshold = thresholds_.data(),
            .falling = with_falling ? falling_.data() : nullptr,
            .input = packed_input_.data(),
            .output = output,
            .lowest = lowest_};
  }
  std::vector<std::uint32_t> bits(const Variant<ConvBitsArgs<std::uint32_t>>& variant, bool with_falling) {
    const std::size_t words =
        k_.outputs() / static_cast<std::size_t>(k_.out_c) * static_cast<std::size_t>((k_.out_c + 31) / 32);
    std::vector<std::uint32_t> out(words + 1, kCanary);
    test::run_variant(variant, args(with_falling, out.data()));
    EXPECT_EQ(out.back(), kCanary) << "wrote past the last output";
    out.pop_back();
    return out;
  }
  void expect_right_bits(bool with_falling) {
    test::for_each_variant(conv_bits_variants(), k_.shape(), [&](const auto& variant) {
      EXPECT_EQ(bits(variant, with_falling), expected_bits(with_falling));
    });
  }
  std::vector<std::int16_t> sums(const Variant<ConvBitsArgs<std::int16_t>>& variant) {
    std::vector<std::int16_t> out(k_.outputs() + 1, 31111);
    test::run_variant(variant, args(false, out.data()));
    EXPECT_EQ(out.back(), 31111) << "wrote past the last output";
    out.pop_back();
    return out;
  }
  std::vector<std::uint32_t> expected_bits(bool with_falling) const {
    std::vector<std::int8_t> signs;
    for (const auto& value : want_) {
      const std::size_t o = signs.size() % thresholds_.size();
      signs.push_back(test::decide(value.sum, thresholds_[o], with_falling && falling_[o] == 1));
    }
    return test::pack_rows(signs, k_.out_c);
  }

  const test::ConvCase k_ = GetParam();
  std::vector<std::int8_t> weights_, input_;
  std::vector<std::uint32_t> packed_weights_, packed_input_;
  std::vector<test::OracleValue> want_;
  std::vector<std::int32_t> thresholds_;
  std::vector<std::uint8_t> falling_;
  std::int32_t lowest_ = 0;
};

TEST_P(ConvBits, DecidesOnTheSignedDotProduct) { expect_right_bits(false); }

TEST_P(ConvBits, TurnsFallingChannelsRound) { expect_right_bits(true); }

TEST_P(ConvBits, TakesTheEndsAsAlwaysAndNever) {
  for (const std::int32_t end : {INT32_MIN, INT32_MAX}) {
    std::ranges::fill(thresholds_, end);
    expect_right_bits(false);
    expect_right_bits(true);
    const auto always = [end](std::uint32_t w) { return (w != 0) == (end == INT32_MIN); };
    EXPECT_TRUE(std::ranges::all_of(expected_bits(false), always));
  }
}

TEST_P(ConvBits, GivesTheSumAfterRelu) {
  std::vector<std::int16_t> want;
  for (const auto& value : want_) want.push_back(static_cast<std::int16_t>(std::max(0.0, value.sum)));
  test::for_each_variant(conv_bits_sums_variants(), k_.shape(),
                         [&](const auto& variant) { EXPECT_EQ(sums(variant), want); });
}

TEST_P(ConvBits, GivesTheSumItselfWhereNothingIsTooLow) {
  std::vector<std::int16_t> want;
  for (const auto& value : want_) want.push_back(static_cast<std::int16_t>(value.sum));
  lowest_ = INT16_MIN;
  test::for_each_variant(conv_bits_sums_variants(), k_.shape(),
                         [&](const auto& variant) { EXPECT_EQ(sums(variant), want); });
}

TEST_P(ConvBits, MovesByTwoForOneFlippedWeight) {
  std::ranges::fill(weights_, std::int8_t{1});
  std::ranges::fill(input_, std::int8_t{1});  // positive sums, so ReLU hides nothing
  packed_weights_ = test::pack_rows(weights_, k_.filter_size());
  packed_input_ = test::pack_rows(input_, k_.in_c);
  test::for_each_variant(conv_bits_sums_variants(), k_.shape(), [&](const auto& variant) {
    const std::vector<std::int16_t> before = sums(variant);
    packed_weights_[0] ^= 1;  // first tap and channel of the first filter
    const std::vector<std::int16_t> after = sums(variant);
    packed_weights_[0] ^= 1;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const int change = before[i] - after[i];
      EXPECT_TRUE(i % static_cast<std::size_t>(k_.out_c) == 0
                      ? change == 0 || change == 2 || (change == 1 && before[i] == 1)
                      : change == 0)
          << i << ": " << change;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvBits, testing::ValuesIn(test::conv_cases()));
INSTANTIATE_TEST_SUITE_P(Groups, ConvBits, testing::ValuesIn(test::grouped_cases()));

// Sizes around what vectors process together: filters, columns of a tile, taps per word, words per byte counter.
INSTANTIATE_TEST_SUITE_P(VectorWidths, ConvBits,
                         testing::Values(test::ConvCase{3, 37, 1, 33, 3, 3, 1, 1, 1, 1, 1, 1},    // conv3, no pool
                                         test::ConvCase{6, 37, 1, 32, 3, 3, 1, 1, 1, 1, 2, 2},    // conv3
                                         test::ConvCase{1, 103, 8, 64, 1, 5, 1, 2, 0, 0, 1, 50},  // conv2's column
                                         test::ConvCase{2, 70, 7, 17, 1, 5, 1, 3, 0, 0, 1, 4},    // stride 3
                                         test::ConvCase{3, 35, 16, 15, 3, 3, 1, 1, 1, 1, 1, 1},   // two taps per word
                                         test::ConvCase{3, 35, 17, 16, 3, 3, 1, 1, 1, 1, 1, 1},   // one tap per word
                                         test::ConvCase{4, 9, 128, 48, 3, 3, 1, 1, 1, 1, 2, 2},   // 36 words
                                         test::ConvCase{3, 6, 225, 8, 3, 3, 1, 1, 1, 1, 1, 1},    // 72 words
                                         test::ConvCase{2, 5, 992, 4, 1, 1},                      // 31 words
                                         test::ConvCase{2, 5, 993, 9, 1, 1},                      // 32 words
                                         test::ConvCase{5, 9, 40, 12, 3, 2, 2, 1, 2, 1, 1, 3}));  // uneven, pool of 3

// A 3 x 3 kernel of +1 on a padded 3 x 3 input of +1: corners have 4 taps, edges 6, the center 9.
TEST(ConvBitsBorders, CountOnlyTheTapsInside) {
  const test::ConvCase k{3, 3, 1, 1, 3, 3, 1, 1, 1, 1};
  const std::vector<std::uint32_t> weights = {0x1FF}, input(9, 1);
  test::for_each_variant(conv_bits_sums_variants(), k.shape(), [&](const auto& variant) {
    std::vector<std::int16_t> out(9);
    test::run_variant(variant, {k.shape(), weights.data(), nullptr, nullptr, input.data(), out.data()});
    EXPECT_EQ(out, (std::vector<std::int16_t>{4, 6, 4, 6, 9, 6, 4, 6, 4}));
  });
}

// The weights are prepared with padding above, the call has none, as if run a few rows at a time. Some taps lie below
// the last row.
TEST(ConvBitsBorders, AreSeenBelowTheLastRowWithoutPaddingAbove) {
  const test::ConvCase whole{4, 5, 3, 9, 3, 3, 1, 1, 1, 0};
  const test::ConvCase last_row{2, 5, 3, 9, 3, 3};
  ConvShape band = last_row.shape();
  band.out_h = 1;
  band.out_w = whole.shape().out_w;
  Philox rng(4, Philox::Purpose::kTest);
  const auto weights = test::pack_rows(test::random_signs(rng, whole.weights()), 27);
  const auto input = test::pack_rows(test::random_signs(rng, whole.inputs()), 3);
  test::for_each_variant(conv_bits_sums_variants(), whole.shape(), [&](const auto& variant) {
    std::vector<std::int16_t> want(whole.outputs()), got(want.size() / 4);
    ConvBitsArgs<std::int16_t> args{whole.shape(), weights.data(), nullptr, nullptr, input.data(), want.data()};
    test::run_variant(variant, args);
    test::GuardedBytes prepared(variant.prepared_bytes == nullptr ? 0 : variant.prepared_bytes(args.shape));
    test::GuardedBytes scratch(variant.scratch_bytes == nullptr ? 0 : variant.scratch_bytes(args.shape));
    if (variant.prepare != nullptr) variant.prepare(args, prepared.data());
    args.shape = band;
    args.input += 10;  // rows 2 and 3
    args.output = got.data();
    args.memory = {prepared.data(), scratch.data()};
    variant.run(args);
    EXPECT_TRUE(std::equal(got.begin(), got.end(), want.end() - static_cast<std::ptrdiff_t>(got.size())));
    EXPECT_TRUE(scratch.border_is_whole());
  });
}

TEST(ConvBitsVariants, RunDepthwiseOnesOnVectors) {
#if defined(__x86_64__)
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512Popcnt}) {
#elif defined(__aarch64__)
  for (const Isa isa : {Isa::kNeon}) {
#else
  for (const Isa isa : {Isa::kScalar}) {
#endif
    EXPECT_EQ(test::isa_for_groups(conv_bits_variants(), isa, 24), isa);
    if (isa == Isa::kScalar) continue;
    EXPECT_LT(test::isa_for_groups(conv_bits_variants(), isa, 4), isa) << "no vector kernel supports other groups";
    EXPECT_LT(test::isa_for_groups(conv_bits_sums_variants(), isa, 24), isa)
        << "no vector kernel for groups outputs sums";
  }
}

TEST(ConvBitsVariants, AreCompiledInWhereThePlatformHasThem) {
#if defined(__x86_64__)
  const Isa expected[] = {Isa::kScalar, Isa::kPlain, Isa::kAvx2, Isa::kAvx512Popcnt};
#elif defined(__aarch64__)
  const Isa expected[] = {Isa::kScalar, Isa::kPlain, Isa::kNeon};
#else
  const Isa expected[] = {Isa::kScalar, Isa::kPlain};
#endif
  for (const Isa isa : expected) {
    EXPECT_TRUE(test::has_variant(conv_bits_variants(), isa)) << to_string(isa);
    EXPECT_TRUE(test::has_variant(conv_bits_sums_variants(), isa)) << to_string(isa);
  }
}

}  // namespace
}  // namespace stapes
