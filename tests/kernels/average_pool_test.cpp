// SPDX-License-Identifier: Apache-2.0
#include "kernels/average_pool/average_pool.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/conv_oracle.h"
#include "support/conv_tolerance.h"

namespace stapes {
namespace {

struct PoolCase {
  int in_h, in_w, channels, pool_h, pool_w;
  int area() const { return pool_h * pool_w; }
};

// Sum and sum of magnitudes of each output.
template <class T>
std::vector<test::OracleValue> sums_by_definition(const PoolCase& k, const std::vector<T>& input) {
  std::vector<test::OracleValue> out;
  for (int y = 0; y < k.in_h / k.pool_h; ++y) {
    for (int x = 0; x < k.in_w / k.pool_w; ++x) {
      for (int c = 0; c < k.channels; ++c) {
        test::OracleValue value{0, 0};
        for (int i = 0; i < k.pool_h; ++i) {
          for (int j = 0; j < k.pool_w; ++j) {
            const double v =
                input[static_cast<std::size_t>(((y * k.pool_h + i) * k.in_w + x * k.pool_w + j) * k.channels + c)];
            value.sum += v;
            value.magnitude += std::abs(v);
          }
        }
        out.push_back(value);
      }
    }
  }
  return out;
}

template <class In, class Out>
std::vector<Out> run(const PoolCase& k, const std::vector<In>& input,
                     void (*kernel)(const AveragePoolArgs<In, Out>&) noexcept) {
  const int outputs = (k.in_h / k.pool_h) * (k.in_w / k.pool_w) * k.channels;
  std::vector<Out> out(static_cast<std::size_t>(outputs) + 1, Out{77});
  kernel({.input = input.data(),
          .output = out.data(),
          .in_h = k.in_h,
          .in_w = k.in_w,
          .channels = k.channels,
          .pool_h = k.pool_h,
          .pool_w = k.pool_w});
  EXPECT_EQ(out.back(), Out{77}) << "wrote past the last output";
  out.pop_back();
  return out;
}

AveragePoolArgs<std::int8_t, std::int8_t> pool_of_channels(std::int32_t channels) {
  AveragePoolArgs<std::int8_t, std::int8_t> args{};
  args.channels = channels;
  return args;
}

class AveragePool : public testing::TestWithParam<PoolCase> {
 protected:
  const PoolCase k_ = GetParam();
  const std::size_t inputs_ = static_cast<std::size_t>(k_.in_h * k_.in_w * k_.channels);
  Philox rng_{12, Philox::Purpose::kTest};
};

TEST_P(AveragePool, IsTheMeanInFloat) {
  std::vector<float> input;
  for (std::size_t i = 0; i < inputs_; ++i) input.push_back(static_cast<float>(rng_.uniform(-1, 1)));
  const auto want = sums_by_definition(k_, input);
  const auto got = run(k_, input, average_pool_f32_scalar);
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i], want[i].sum / k_.area(), test::sum_tolerance(k_.area() + 1, want[i].magnitude / k_.area()));
  }
}

TEST_P(AveragePool, RoundsTheInt8MeanHalvesAwayFromZero) {
  const auto input = test::random_integers<std::int8_t>(rng_, inputs_, -128, 127);
  std::vector<std::int8_t> want;
  for (const auto& v : sums_by_definition(k_, input))
    want.push_back(static_cast<std::int8_t>(std::round(v.sum / k_.area())));
  for (const auto& variant : average_pool_i8_variants()) {
    const auto args = pool_of_channels(k_.channels);
    const bool accepts = variant.accepts == nullptr || variant.accepts(args);
    if (variant.run == nullptr || !accepts) continue;
    EXPECT_EQ(run(k_, input, variant.run), want) << to_string(variant.isa);
  }
}

TEST(AveragePools, RunInBlocksOfFourChannels) {
  const auto picked = [](std::int32_t channels, Isa core) {
    const auto args = pool_of_channels(channels);
    const auto variants = average_pool_i8_variants();
    return variants[pick(variants, {}, Cpu::having(core), &args)].isa;
  };
  for (const Isa core : {Isa::kPlain, Isa::kArmDsp, Isa::kMve}) {
    EXPECT_EQ(picked(3, core), Isa::kScalar);
    EXPECT_EQ(picked(4, core), core);
  }
}

TEST_P(AveragePool, SumsInt16) {
  const auto input = test::random_integers<std::int16_t>(rng_, inputs_, 0, 32767);
  std::vector<std::int32_t> want;
  for (const auto& v : sums_by_definition(k_, input)) want.push_back(static_cast<std::int32_t>(v.sum));
  EXPECT_EQ(run(k_, input, sum_pool_i16_scalar), want);
}

TEST(SumPool, RoundsHalvesUpAfterItsShift) {
  const std::vector<std::int32_t> input = {3, -1, 5, -5, 4, -4, 1'000'000'000, -1'000'000'000};  // [2][2][2]
  std::vector<std::int32_t> out(3, 77);
  sum_pool_i32_scalar({input.data(), out.data(), 2, 2, 2, 2, 2, 3});
  EXPECT_EQ(out, (std::vector<std::int32_t>{125'000'002, -125'000'001, 77}));  // (12 + 10^9) / 8 and (-10 - 10^9) / 8
  sum_pool_i32_scalar({input.data(), out.data(), 2, 2, 2, 2, 2, 0});
  EXPECT_EQ(out, (std::vector<std::int32_t>{1'000'000'012, -1'000'000'010, 77}));
}

INSTANTIATE_TEST_SUITE_P(Shapes, AveragePool,
                         testing::Values(PoolCase{1, 1, 1, 1, 1}, PoolCase{2, 4, 50, 2, 4}, PoolCase{1, 4, 48, 1, 4},
                                         PoolCase{5, 7, 3, 2, 2}, PoolCase{3, 5, 33, 3, 1}, PoolCase{4, 4, 2, 1, 3},
                                         PoolCase{25, 5, 5, 25, 5}, PoolCase{6, 5, 4, 2, 5}, PoolCase{5, 9, 7, 3, 2},
                                         PoolCase{2, 300, 6, 2, 300}));

}  // namespace
}  // namespace stapes
