// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_i8/conv_i8_sparse.h"

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_oracle.h"
#include "kernels/variant_runner.h"
#include "support/sparse_rows.h"

namespace stapes {
namespace {

struct SparseCase {
  test::ConvCase conv;
  int zeros_percent;
};
void PrintTo(const SparseCase& c, std::ostream* out) {
  PrintTo(c.conv, out);
  *out << ", " << c.zeros_percent << " % zeros";
}

class ConvI8Sparse : public testing::TestWithParam<SparseCase> {
 protected:
  ConvI8Sparse() {
    weights_ = test::random_integers<std::int8_t>(rng_, k_.weights(), -127, 127);
    for (std::int8_t& w : weights_) {
      if (rng_.below(100) < static_cast<std::uint32_t>(GetParam().zeros_percent)) w = 0;
    }
    const auto channels = static_cast<std::size_t>(k_.out_c);
    bias_ = test::random_integers<std::int32_t>(rng_, channels, -5000, 5000);
    multiplier_ = test::random_integers<std::int32_t>(rng_, channels, 1 << 30, 2147483646);
  }

  // The dense kernel is the reference. conv_i8_test.cpp tests it.
  template <class Input>
  void expect_same_bits(int shift, int zero_point, void (*dense)(const ConvI8Args<Input, std::int8_t>&) noexcept,
                        const Variants<ConvI8SparseArgs<Input>>& sparse) {
    const int high = sizeof(Input) == 1 ? 127 : 32767;
    const auto input = test::random_integers<Input>(rng_, k_.inputs(), -high - 1, high);
    const std::vector<std::int32_t> shifts(bias_.size(), shift);
    std::vector<std::int8_t> want(k_.outputs() + 1, kCanary);
    dense({k_.shape(), weights_.data(), bias_.data(), multiplier_.data(), shifts.data(), input.data(), want.data(),
           zero_point, -7, -100, 120});
    const auto rows = test::sparse_rows(weights_, static_cast<std::size_t>(k_.kernel_w * k_.in_c));
    test::for_each_variant(sparse, k_.shape(), [&](const auto& variant) {
      std::vector<std::int8_t> got(k_.outputs() + 1, kCanary);
      test::run_variant<ConvI8SparseArgs<Input>>(variant,
                                                 {k_.shape(),
                                                  {rows->entries.data(), rows->gaps.data(), rows->values.data()},
                                                  bias_.data(),
                                                  multiplier_.data(),
                                                  shifts.data(),
                                                  input.data(),
                                                  got.data(),
                                                  zero_point,
                                                  -7,
                                                  -100,
                                                  120});
      EXPECT_EQ(got, want);
    });
  }

  static constexpr std::int8_t kCanary = 77;
  const test::ConvCase k_ = GetParam().conv;
  Philox rng_{17, Philox::Purpose::kTest};
  std::vector<std::int8_t> weights_;
  std::vector<std::int32_t> bias_, multiplier_;
};

TEST_P(ConvI8Sparse, GivesTheSameBitsAsTheDenseKernel) {
  for (const int zero_point : {-128, 3, 127}) {
    expect_same_bits<std::int8_t>(-9, zero_point, conv_i8_scalar, conv_i8_sparse_variants());
  }
  expect_same_bits<std::int16_t>(-17, 0, conv_i8_from_i16_scalar, conv_i8_sparse_from_i16_variants());
}

std::vector<SparseCase> sparse_cases() {
  std::vector<SparseCase> all;
  std::vector<test::ConvCase> convs = test::conv_cases();
  convs.push_back({3, 5, 300, 3, 3, 3, 1, 1, 1, 1});  // rows of 900: gaps of more than 255
  for (const test::ConvCase& conv : convs) {
    for (const int zeros : {0, 60, 95, 100}) all.push_back({conv, zeros});
  }
  all.push_back({convs.back(), 99});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvI8Sparse, testing::ValuesIn(sparse_cases()));

TEST(ConvI8SparseVariants, EveryOneThisPlatformShouldHaveIsCompiledIn) {
#if defined(__x86_64__)
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512Vnni}) {
    EXPECT_TRUE(test::has_variant(conv_i8_sparse_variants(), isa)) << to_string(isa);
    EXPECT_TRUE(test::has_variant(conv_i8_sparse_from_i16_variants(), isa)) << to_string(isa);
  }
#elif defined(__aarch64__)
  EXPECT_TRUE(test::has_variant(conv_i8_sparse_variants(), Isa::kNeon));
  EXPECT_TRUE(test::has_variant(conv_i8_sparse_from_i16_variants(), Isa::kNeon));
  EXPECT_TRUE(test::has_variant(conv_i8_sparse_variants(), Isa::kNeonDot));
#endif
}

}  // namespace
}  // namespace stapes
