#include "kernels/conv_f32/conv_f32.h"

#include <algorithm>
#include <cmath>

#include "kernels/conv_oracle.h"
#include "support/conv_tolerance.h"

namespace stapes {
namespace {

class ConvF32 : public testing::TestWithParam<test::ConvCase> {
 protected:
  ConvF32() {
    Philox rng(7, Philox::Purpose::kTest);
    for (std::size_t i = 0; i < k_.weights(); ++i) weights_.push_back(static_cast<float>(rng.uniform(-1, 1)));
    for (std::size_t i = 0; i < k_.inputs(); ++i) input_.push_back(static_cast<float>(rng.uniform(-1, 1)));
    for (int o = 0; o < k_.out_c; ++o) bias_.push_back(static_cast<float>(rng.uniform(-1, 1)));
  }
  std::vector<float> run(bool relu) {
    std::vector<float> out(k_.outputs() + 1, kCanary);
    conv_f32_scalar({.shape = k_.shape(),
                     .weights = weights_.data(),
                     .bias = bias_.data(),
                     .input = input_.data(),
                     .output = out.data(),
                     .relu = relu});
    EXPECT_EQ(out.back(), kCanary) << "wrote past the last output";
    out.pop_back();
    return out;
  }

  static constexpr float kCanary = 12345.0f;
  const test::ConvCase k_ = GetParam();
  std::vector<float> weights_, input_, bias_;
};

TEST_P(ConvF32, EqualsTheDefinition) {
  const auto want = test::convolve_by_definition(k_, weights_, input_);
  const auto got = run(false);
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double bias = bias_[i % bias_.size()];
    const double terms = k_.kernel_h * k_.kernel_w * k_.in_c + 1;
    EXPECT_NEAR(got[i], want[i].sum + bias, test::sum_tolerance(terms, want[i].magnitude + std::abs(bias))) << i;
  }
}

TEST_P(ConvF32, ReluOnlyCutsNegatives) {
  const auto plain = run(false), cut = run(true);
  for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_EQ(cut[i], plain[i] > 0 ? plain[i] : 0) << i;
}

// From integers: the same bits as on the real values they mean. To int8: those bits, quantized.
template <class Input>
class ConvF32Between {
 public:
  ConvF32Between(const test::ConvCase& k, std::vector<float> weights, std::vector<float> bias)
      : k_(k), weights_(std::move(weights)), bias_(std::move(bias)) {
    Philox rng(9, Philox::Purpose::kTest);
    const int high = sizeof(Input) == 1 ? 127 : 32767;
    input_ = test::random_integers<Input>(rng, k.inputs(), -high - 1, high);
    if (sizeof(Input) == 1) zero_point_ = -31;
    scale_ = 0.7f / static_cast<float>(high);
    for (const Input q : input_) real_.push_back(scale_ * static_cast<float>(q - zero_point_));
  }
  template <class Output>
  std::vector<Output> on_integers(void (*kernel)(const ConvF32Args<Input, Output>&) noexcept) const {
    return run(input_.data(), kernel);
  }
  template <class Output>
  std::vector<Output> on_reals(void (*kernel)(const ConvF32Args<float, Output>&) noexcept) const {
    return run(real_.data(), kernel);
  }
  static std::int8_t quantized(float value) {
    return static_cast<std::int8_t>(std::clamp<long>(std::lround(value / kOutScale) + kOutZeroPoint, -128, 127));
  }

 private:
  static constexpr float kOutScale = 0.05f;
  static constexpr int kOutZeroPoint = -20;

  template <class From, class Output>
  std::vector<Output> run(const From* input, void (*kernel)(const ConvF32Args<From, Output>&) noexcept) const {
    std::vector<Output> out(k_.outputs() + 1, Output{77});
    kernel({.shape = k_.shape(),
            .weights = weights_.data(),
            .bias = bias_.data(),
            .input = input,
            .output = out.data(),
            .relu = false,
            .in_scale = scale_,
            .out_scale = kOutScale,
            .in_zero_point = zero_point_,
            .out_zero_point = kOutZeroPoint});
    EXPECT_EQ(out.back(), Output{77}) << "wrote past the last output";
    out.pop_back();
    return out;
  }

  test::ConvCase k_;
  std::vector<float> weights_, bias_, real_;
  std::vector<Input> input_;
  int zero_point_ = 0;
  float scale_ = 1;
};

template <class Between, class From, class FromTo>
void expect_conversions_only(const Between& between, From from, FromTo from_to) {
  const std::vector<float> want = between.on_reals(conv_f32_scalar);
  EXPECT_EQ(between.on_integers(from), want);
  std::vector<std::int8_t> rounded;
  for (const float value : want) rounded.push_back(Between::quantized(value));
  EXPECT_EQ(between.on_reals(conv_f32_to_i8_scalar), rounded);
  EXPECT_EQ(between.on_integers(from_to), rounded);
}

TEST_P(ConvF32, ConvertsBetweenEightBitLayers) {
  const ConvF32Between<std::int8_t> bytes(k_, weights_, bias_);
  expect_conversions_only(bytes, conv_f32_from_i8_scalar, conv_f32_from_i8_to_i8_scalar);
  const ConvF32Between<std::int16_t> pcm(k_, weights_, bias_);
  expect_conversions_only(pcm, conv_f32_from_i16_scalar, conv_f32_from_i16_to_i8_scalar);
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvF32, testing::ValuesIn(test::conv_cases()));

}  // namespace
}  // namespace stapes
