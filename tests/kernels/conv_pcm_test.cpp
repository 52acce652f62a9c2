// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_pcm/conv_pcm.h"

#include <algorithm>

#include "kernels/bits_oracle.h"
#include "kernels/conv_oracle.h"
#include "kernels/variant_runner.h"

namespace stapes {
namespace {

constexpr std::uint32_t kWordCanary = 0xDEADBEEF;

class ConvPcm : public testing::TestWithParam<test::ConvCase> {
 protected:
  ConvPcm() {
    Philox rng(10, Philox::Purpose::kTest);
    const int taps = k_.filter_size();
    weights_ = test::random_integers<std::int16_t>(rng, k_.weights(), -65535 / taps / 2 - 1, 65535 / taps / 2);
    input_ = test::random_integers<std::int16_t>(rng, k_.inputs(), -32768, 32767);
    thresholds_ = test::random_integers<std::int32_t>(rng, channels(), -300'000'000, 300'000'000);
    falling_ = test::random_integers<std::uint8_t>(rng, channels(), 0, 1);
  }
  std::size_t channels() const { return static_cast<std::size_t>(k_.out_c); }

  void expect_decisions(const std::uint8_t* falling, const std::vector<std::uint32_t>& want) {
    test::for_each_variant(conv_pcm_variants(), k_.shape(), [&](const auto& variant) {
      std::vector<std::uint32_t> out(want.size() + 1, kWordCanary);
      test::run_variant<ConvPcmArgs>(variant, {.shape = k_.shape(),
                                               .weights = weights_.data(),
                                               .threshold = thresholds_.data(),
                                               .falling = falling,
                                               .input = input_.data(),
                                               .output = out.data()});
      EXPECT_EQ(out.back(), kWordCanary) << "wrote past the last output";
      out.pop_back();
      EXPECT_EQ(out, want);
    });
  }
  std::vector<std::uint32_t> expected(bool with_falling) const {
    std::vector<std::int8_t> signs;
    for (const auto& value : test::convolve_by_definition(k_, weights_, input_)) {
      const std::size_t o = signs.size() % channels();
      signs.push_back(test::decide(value.sum, thresholds_[o], with_falling && falling_[o] == 1));
    }
    return test::pack_rows(signs, k_.out_c);
  }

  const test::ConvCase k_ = GetParam();
  std::vector<std::int16_t> weights_, input_;
  std::vector<std::int32_t> thresholds_;
  std::vector<std::uint8_t> falling_;
};

TEST_P(ConvPcm, DecidesOnTheSum) {
  expect_decisions(nullptr, expected(false));
  expect_decisions(falling_.data(), expected(true));
}

TEST_P(ConvPcm, DecidesAtTheVerySum) {
  // Equal to sums that occur, to tell >= from >.
  const auto sums = test::convolve_by_definition(k_, weights_, input_);
  for (std::size_t o = 0; o < channels(); ++o) {
    thresholds_[o] = static_cast<std::int32_t>(sums[o + sums.size() / channels() / 2 * channels()].sum);
  }
  expect_decisions(nullptr, expected(false));
}

// Also numbers of positions around multiples of 16, with odd and even numbers of taps, like ACDNet's first layer.
std::vector<test::ConvCase> pcm_cases() {
  std::vector<test::ConvCase> all = test::conv_cases();
  for (const int positions : {1, 15, 16, 17, 31, 32, 33, 103}) {
    for (const int filters : {3, 8}) {
      all.push_back({1, 2 * positions + 7, 1, filters, 1, 9, 1, 2});
      all.push_back({2, 2 * positions + 6, 1, filters, 1, 8, 1, 2});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvPcm, testing::ValuesIn(pcm_cases()));
INSTANTIATE_TEST_SUITE_P(Groups, ConvPcm, testing::ValuesIn(test::grouped_cases()));

TEST(ConvPcmVariants, RunGroupsOnVectors) {
#if defined(__x86_64__)
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512Vnni}) {
#elif defined(__aarch64__)
  for (const Isa isa : {Isa::kNeon}) {
#else
  for (const Isa isa : {Isa::kScalar}) {
#endif
    EXPECT_TRUE(test::has_grouped_variant(conv_pcm_variants(), isa)) << to_string(isa);
  }
}

TEST(ConvPcmVariants, EveryOneThisPlatformShouldHaveIsCompiledIn) {
#if defined(__x86_64__)
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512Vnni}) {
    EXPECT_TRUE(test::has_variant(conv_pcm_variants(), isa)) << to_string(isa);
  }
#elif defined(__aarch64__)
  EXPECT_TRUE(test::has_variant(conv_pcm_variants(), Isa::kNeon));
#endif
}

// The largest sums that the reader allows are exact in int32. They compare correctly with the extreme thresholds.
TEST(ConvPcmRange, IsExactAtTheLargestSums) {
  const test::ConvCase k{1, 4, 1, 3, 1, 4};
  const std::vector<std::int16_t> weights = {16384, 16384, 16384, 16383, 16384, 16384,
                                             16384, 16383, 16384, 16384, 16384, 16383};
  const std::int32_t lowest = 65535 * -32768, highest = 65535 * 32767;
  const auto decide = [&](std::int16_t sample, const std::vector<std::int32_t>& thresholds, std::uint32_t want) {
    const std::vector<std::int16_t> input(4, sample);
    test::for_each_variant(conv_pcm_variants(), k.shape(), [&](const auto& variant) {
      std::uint32_t out = 0;
      test::run_variant<ConvPcmArgs>(variant,
                                     {k.shape(), weights.data(), thresholds.data(), nullptr, input.data(), &out});
      EXPECT_EQ(out, want);
    });
  };
  decide(-32768, {lowest, lowest + 1, INT32_MIN}, 0b101u);
  decide(32767, {highest, highest + 1, INT32_MAX}, 0b001u);
}

}  // namespace
}  // namespace stapes
