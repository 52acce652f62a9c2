#include "kernels/conv_f32/conv_f32.h"

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

INSTANTIATE_TEST_SUITE_P(Shapes, ConvF32, testing::ValuesIn(test::conv_cases()));

}  // namespace
}  // namespace stapes
