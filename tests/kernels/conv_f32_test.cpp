// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_f32/conv_f32.h"

#include <algorithm>
#include <cmath>

#include "kernels/conv_oracle.h"
#include "kernels/variant_runner.h"
#include "support/conv_tolerance.h"

namespace stapes {
namespace {

using F32Args = ConvF32Args<float, float>;

class ConvF32 : public testing::TestWithParam<test::ConvCase> {
 protected:
  ConvF32() {
    Philox rng(7, Philox::Purpose::kTest);
    for (std::size_t i = 0; i < k_.weights(); ++i) weights_.push_back(static_cast<float>(rng.uniform(-1, 1)));
    for (std::size_t i = 0; i < k_.inputs(); ++i) input_.push_back(static_cast<float>(rng.uniform(-1, 1)));
    for (int o = 0; o < k_.out_c; ++o) bias_.push_back(static_cast<float>(rng.uniform(-1, 1)));
  }
  // Input and output start one float after an aligned address. The output is between two canaries.
  std::vector<float> run(const Variant<F32Args>& variant, bool relu, bool relu6 = false) {
    std::vector<float> input(1, 0.0f), out(k_.outputs() + 2, kCanary);
    input.insert(input.end(), input_.begin(), input_.end());
    test::run_variant<F32Args>(variant, {.shape = k_.shape(),
                                         .weights = weights_.data(),
                                         .bias = bias_.data(),
                                         .input = input.data() + 1,
                                         .output = out.data() + 1,
                                         .relu = relu,
                                         .relu6 = relu6});
    EXPECT_EQ(out.front(), kCanary) << "wrote before the first output";
    EXPECT_EQ(out.back(), kCanary) << "wrote past the last output";
    return {out.begin() + 1, out.end() - 1};
  }
  template <class Use>
  void for_each_variant(const Use& use) {
    test::for_each_variant(conv_f32_variants(), k_.shape(), use);
  }
  // The sum at one position before the pool, by the order defined for vector kernels.
  float chain_of_fmas(std::size_t o, int y, int x) const;

  static constexpr float kCanary = 12345.0f;
  const test::ConvCase k_ = GetParam();
  std::vector<float> weights_, input_, bias_;
};

TEST_P(ConvF32, EqualsTheDefinition) {
  const auto want = test::convolve_by_definition(k_, weights_, input_);
  for_each_variant([&](const Variant<F32Args>& variant) {
    const auto got = run(variant, false);
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double bias = bias_[i % bias_.size()];
      const double terms = k_.filter_size() + 1;
      EXPECT_NEAR(got[i], want[i].sum + bias, test::sum_tolerance(terms, want[i].magnitude + std::abs(bias))) << i;
    }
  });
}

TEST_P(ConvF32, ReluOnlyCutsNegatives) {
  for_each_variant([&](const Variant<F32Args>& variant) {
    const auto plain = run(variant, false), cut = run(variant, true);
    for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_EQ(cut[i], plain[i] > 0 ? plain[i] : 0) << i;
  });
}

TEST_P(ConvF32, Relu6CutsBothEnds) {
  for (float& bias : bias_) bias += 5.5f;
  for_each_variant([&](const Variant<F32Args>& variant) {
    const auto plain = run(variant, false), cut = run(variant, true, true);
    for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_EQ(cut[i], std::clamp(plain[i], 0.0f, 6.0f)) << i;
  });
}

float ConvF32::chain_of_fmas(std::size_t o, int y, int x) const {
  float sum = bias_[o];
  const float* weight = &weights_[o * k_.weights() / bias_.size()];
  const int channels = k_.in_c / k_.groups, first = static_cast<int>(o) / (k_.out_c / k_.groups) * channels;
  for (int i = 0; i < k_.kernel_h; ++i) {
    for (int j = 0; j < k_.kernel_w; ++j) {
      const int in_y = y * k_.stride_h - k_.pad_h + i, in_x = x * k_.stride_w - k_.pad_w + j;
      const bool inside = in_y >= 0 && in_y < k_.in_h && in_x >= 0 && in_x < k_.in_w;
      for (int c = first; c < first + channels; ++c, ++weight) {
        const std::size_t place = static_cast<std::size_t>((in_y * k_.in_w + in_x) * k_.in_c + c);
        if (inside) sum = std::fma(input_[place], *weight, sum);
      }
    }
  }
  return sum;
}

// Bit-identical: a sum does not depend on its position in a tile, the output, or the front end's columns.
TEST_P(ConvF32, OnVectorsIsOneChainOfFusedMultiplyAdds) {
  const ConvShape s = k_.shape();
  std::vector<float> want;
  for (int y = 0; y < s.out_h; ++y) {
    for (int x = 0; x < s.out_w; ++x) {
      for (std::size_t o = 0; o < bias_.size(); ++o) {
        want.push_back(
            max_over_pool(s, y, x, [&](int pool_y, int pool_x) { return chain_of_fmas(o, pool_y, pool_x); }));
      }
    }
  }
  for_each_variant([&](const Variant<F32Args>& variant) {
    if (variant.isa == Isa::kScalar) return;
    EXPECT_EQ(run(variant, false), want);
  });
}

TEST(ConvF32Variants, RunGroupsOnVectors) {
#if defined(__x86_64__)
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512}) {
#elif defined(__aarch64__)
  for (const Isa isa : {Isa::kNeon}) {
#else
  for (const Isa isa : {Isa::kScalar}) {
#endif
    EXPECT_TRUE(test::has_grouped_variant(conv_f32_variants(), isa)) << to_string(isa);
  }
}

TEST(ConvF32Variants, EveryOneThisPlatformShouldHaveIsCompiledIn) {
#if defined(__x86_64__)
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512}) EXPECT_TRUE(test::has_variant(conv_f32_variants(), isa));
#elif defined(__aarch64__)
  EXPECT_TRUE(test::has_variant(conv_f32_variants(), Isa::kNeon));
#endif
}

// Integer inputs give the same bits as the real values they represent. int8 outputs are the same, quantized.
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
INSTANTIATE_TEST_SUITE_P(Groups, ConvF32, testing::ValuesIn(test::grouped_cases()));

// Output channels around every lane count, positions around the tile size, and both with a pool across tiles.
std::vector<test::ConvCase> tile_cases() {
  std::vector<test::ConvCase> all;
  for (const int channels : {2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 24, 31, 35, 48, 49}) {
    all.push_back({3, 9, 5, channels, 3, 3, 1, 1, 1, 1, 2, 2});
  }
  for (int positions = 1; positions <= 26; ++positions) all.push_back({1, positions, 3, 18, 1, 1});
  for (const int pool : {5, 12, 13, 50}) all.push_back({1, 103, 4, 20, 1, 5, 1, 2, 0, 0, 1, pool});
  return all;
}
INSTANTIATE_TEST_SUITE_P(Tiles, ConvF32, testing::ValuesIn(tile_cases()));

}  // namespace
}  // namespace stapes
