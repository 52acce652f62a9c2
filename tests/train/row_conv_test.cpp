// SPDX-License-Identifier: Apache-2.0
#include "train/modules/row_conv.h"

#include <gtest/gtest.h>

#include "kernels/cpu.h"
#include "train/modules/row_products.h"

namespace stapes {
namespace {

struct RowShape {
  std::int64_t clips, channels, row, filters, kernel, stride;
};

// Rows around multiples of the tile size (512 outputs), some with inputs left over. Filters and channels around
// multiples of 4.
const RowShape kRowShapes[] = {
    {2, 1, 9, 7, 9, 2},   {1, 1, 1030, 7, 9, 2}, {3, 7, 1029, 20, 5, 2}, {2, 7, 1028, 20, 5, 2}, {2, 8, 1031, 5, 5, 2},
    {1, 3, 511, 4, 4, 1}, {1, 3, 516, 4, 5, 1},  {2, 2, 1540, 3, 7, 3},  {2, 2, 1541, 1, 3, 3},  {1, 64, 120, 64, 5, 2},
    {2, 65, 60, 3, 5, 2}, {2, 3, 60, 65, 5, 2},  {1, 5, 2060, 9, 8, 4}};

class RowConv : public testing::TestWithParam<RowShape> {};
INSTANTIATE_TEST_SUITE_P(Shapes, RowConv, testing::ValuesIn(kRowShapes));

double relative(const torch::Tensor& got, const torch::Tensor& want) {
  EXPECT_EQ(got.sizes(), want.sizes());
  return ((got.to(torch::kFloat64) - want).norm() / want.norm()).item<double>();
}

TEST_P(RowConv, IsTheConvolutionAndItsGradientsInDouble) {
  const RowShape s = GetParam();
  torch::manual_seed(7);
  const torch::Tensor x = torch::randn({s.clips, s.channels, 1, s.row}).requires_grad_();
  const torch::Tensor weight = torch::randn({s.filters, s.channels, 1, s.kernel}).requires_grad_();
  const torch::Tensor exact_x = x.detach().to(torch::kFloat64).requires_grad_();
  const torch::Tensor exact_weight = weight.detach().to(torch::kFloat64).requires_grad_();

  const torch::Tensor got = row_conv(x, weight, s.stride);
  const torch::Tensor want = torch::conv2d(exact_x, exact_weight, {}, {1, s.stride});
  const torch::Tensor gradient = torch::randn(want.sizes());
  got.backward(gradient);
  want.backward(gradient.to(torch::kFloat64));

  EXPECT_LE(relative(got, want), 1e-6);
  EXPECT_LE(relative(x.grad(), exact_x.grad()), 1e-6);
  EXPECT_LE(relative(weight.grad(), exact_weight.grad()), 1e-6);
}

TEST(RowConv, TheNumberOfThreadsDoesNotChangeABit) {
  torch::manual_seed(8);
  const torch::Tensor x = torch::randn({5, 2, 1, 1200});
  torch::Tensor weight = torch::randn({3, 2, 1, 5}).requires_grad_();
  const int threads = torch::get_num_threads();
  std::vector<torch::Tensor> results;
  for (const int count : {1, 3}) {
    torch::set_num_threads(count);
    const torch::Tensor input = x.clone().requires_grad_();
    weight.mutable_grad() = torch::Tensor();
    const torch::Tensor y = row_conv(input, weight, 2);
    y.backward(y.detach());
    results.push_back(torch::cat({y.flatten(), input.grad().flatten(), weight.grad().flatten()}));
  }
  torch::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(results[0], results[1]));
}

TEST(RowProducts, TheWideFormIsTheDefinition) {
  if (!Cpu::detect().can_run(Isa::kAvx2)) GTEST_SKIP() << "this processor has no AVX2";
  torch::manual_seed(9);
  for (const std::size_t rows : {1, 2, 3, 7}) {
    for (const std::size_t filters : {4, 8}) {
      for (const std::size_t count : {16, 48}) {
        const auto signed_rows = static_cast<std::int64_t>(rows), signed_filters = static_cast<std::int64_t>(filters);
        const auto length = static_cast<std::int64_t>(count);
        const torch::Tensor in = torch::randn({signed_rows, length}), gradient = torch::randn({signed_filters, length});
        const torch::Tensor weights = torch::randn({signed_rows, signed_filters});
        std::vector<const float*> in_rows, gradient_rows;
        for (std::size_t i = 0; i < rows; ++i) in_rows.push_back(in.data_ptr<float>() + i * count);
        for (std::size_t i = 0; i < filters; ++i) gradient_rows.push_back(gradient.data_ptr<float>() + i * count);
        const std::span<const float> all_weights(weights.data_ptr<float>(), rows * filters);

        std::vector<float> want(filters * count), got(filters * count);
        scalar::weigh_rows(in_rows, all_weights, filters, count, want.data(), count);
        avx2::weigh_rows(in_rows, all_weights, filters, count, got.data(), count);
        for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-5);

        std::vector<double> want_sums(rows * filters, 1.5), got_sums(rows * filters, 1.5);
        scalar::correlate_rows(in_rows, gradient_rows, count, want_sums);
        avx2::correlate_rows(in_rows, gradient_rows, count, got_sums);
        for (std::size_t i = 0; i < want_sums.size(); ++i) EXPECT_NEAR(got_sums[i], want_sums[i], 1e-4);
      }
    }
  }
}

}  // namespace
}  // namespace stapes
