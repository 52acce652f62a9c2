#include "kernels/conv_pcm/conv_pcm.h"

#include <algorithm>

#include "kernels/bits_oracle.h"
#include "kernels/conv_oracle.h"

namespace stapes {
namespace {

constexpr std::uint32_t kCanary = 0xDEADBEEF;

class ConvPcm : public testing::TestWithParam<test::ConvCase> {
 protected:
  ConvPcm() {
    Philox rng(10, Philox::Purpose::kTest);
    const int taps = k_.kernel_h * k_.kernel_w * k_.in_c;
    weights_ = test::random_integers<std::int16_t>(rng, k_.weights(), -65535 / taps / 2 - 1, 65535 / taps / 2);
    input_ = test::random_integers<std::int16_t>(rng, k_.inputs(), -32768, 32767);
    thresholds_ = test::random_integers<std::int32_t>(rng, channels(), -300'000'000, 300'000'000);
    falling_ = test::random_integers<std::uint8_t>(rng, channels(), 0, 1);
  }
  std::size_t channels() const { return static_cast<std::size_t>(k_.out_c); }

  std::vector<std::uint32_t> run(const std::uint8_t* falling) {
    std::vector<std::uint32_t> out(k_.outputs() / channels() * ((channels() + 31) / 32) + 1, kCanary);
    conv_pcm_scalar({.shape = k_.shape(),
                     .weights = weights_.data(),
                     .threshold = thresholds_.data(),
                     .falling = falling,
                     .input = input_.data(),
                     .output = out.data()});
    EXPECT_EQ(out.back(), kCanary) << "wrote past the last output";
    out.pop_back();
    return out;
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
  EXPECT_EQ(run(nullptr), expected(false));
  EXPECT_EQ(run(falling_.data()), expected(true));
}

TEST_P(ConvPcm, DecidesAtTheVerySum) {
  // Thresholds equal to sums that occur: >=, not >.
  const auto sums = test::convolve_by_definition(k_, weights_, input_);
  for (std::size_t o = 0; o < channels(); ++o) {
    thresholds_[o] = static_cast<std::int32_t>(sums[o + sums.size() / channels() / 2 * channels()].sum);
  }
  EXPECT_EQ(run(nullptr), expected(false));
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvPcm, testing::ValuesIn(test::conv_cases()));

// The largest sum the reader allows, at both ends: exact in int32, and neither always nor never.
TEST(ConvPcmRange, IsExactAtTheLargestSums) {
  const test::ConvCase k{1, 4, 1, 3, 1, 4};
  const std::vector<std::int16_t> weights = {16384, 16384, 16384, 16383, 16384, 16384,
                                             16384, 16383, 16384, 16384, 16384, 16383};
  std::uint32_t out = 0;
  const std::int32_t lowest = 65535 * -32768;
  const std::vector<std::int32_t> thresholds = {lowest, lowest + 1, INT32_MIN};
  const std::vector<std::int16_t> quiet(4, -32768);
  conv_pcm_scalar({k.shape(), weights.data(), thresholds.data(), nullptr, quiet.data(), &out});
  EXPECT_EQ(out, 0b101u);
  const std::int32_t highest = 65535 * 32767;
  const std::vector<std::int32_t> high = {highest, highest + 1, INT32_MAX};
  const std::vector<std::int16_t> loud(4, 32767);
  conv_pcm_scalar({k.shape(), weights.data(), high.data(), nullptr, loud.data(), &out});
  EXPECT_EQ(out, 0b001u);
}

}  // namespace
}  // namespace stapes
