// SPDX-License-Identifier: Apache-2.0
#include "kernels/max_pool/max_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "kernels/bits.h"
#include "kernels/conv_oracle.h"

namespace stapes {
namespace {

struct MaxPoolCase {
  int in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0;

  template <class T>
  MaxPoolArgs<T> args(const std::vector<T>& input, std::vector<T>& output) const {
    return {input.data(), output.data(), in_h,     in_w,     channels, out_h, out_w,
            kernel_h,     kernel_w,      stride_h, stride_w, pad_h,    pad_w};
  }
  std::size_t positions_in() const { return static_cast<std::size_t>(in_h * in_w); }
  std::size_t positions_out() const { return static_cast<std::size_t>(out_h * out_w); }
};

// value_at(position, channel) returns the input as a double.
template <class ValueAt>
std::vector<double> maxima_by_definition(const MaxPoolCase& k, ValueAt value_at) {
  std::vector<double> out;
  for (int y = 0; y < k.out_h; ++y) {
    for (int x = 0; x < k.out_w; ++x) {
      for (int c = 0; c < k.channels; ++c) {
        double best = -std::numeric_limits<double>::infinity();
        for (int in_y = y * k.stride_h - k.pad_h; in_y < y * k.stride_h - k.pad_h + k.kernel_h; ++in_y) {
          for (int in_x = x * k.stride_w - k.pad_w; in_x < x * k.stride_w - k.pad_w + k.kernel_w; ++in_x) {
            if (in_y < 0 || in_y >= k.in_h || in_x < 0 || in_x >= k.in_w) continue;
            best = std::max(best, value_at(static_cast<std::size_t>(in_y * k.in_w + in_x), c));
          }
        }
        out.push_back(best);
      }
    }
  }
  return out;
}

class MaxPool : public testing::TestWithParam<MaxPoolCase> {
 protected:
  const MaxPoolCase k_ = GetParam();
  Philox rng_{22, Philox::Purpose::kTest};

  // With `high` below 0, a border of zeros would win.
  template <class T>
  void expect_maxima(void (*kernel)(const MaxPoolArgs<T>&) noexcept, int low, int high) {
    const auto channels = static_cast<std::size_t>(k_.channels);
    const auto input = test::random_integers<T>(rng_, k_.positions_in() * channels, low, high);
    std::vector<T> out(k_.positions_out() * channels + 1, T{77});
    kernel(k_.args(input, out));
    EXPECT_EQ(out.back(), T{77}) << "wrote past the last output";
    out.pop_back();
    const auto want = maxima_by_definition(k_, [&](std::size_t position, int c) {
      return static_cast<double>(input[position * channels + static_cast<std::size_t>(c)]);
    });
    EXPECT_EQ(std::vector<double>(out.begin(), out.end()), want);
  }
};

TEST_P(MaxPool, KeepsTheLargestOfEveryType) {
  expect_maxima(max_pool_f32_scalar, -1000, -1);
  expect_maxima(max_pool_f32_scalar, -1000, 1000);
  expect_maxima(max_pool_i8_scalar, -128, -1);
  expect_maxima(max_pool_i8_scalar, -128, 127);
  expect_maxima(max_pool_i8_scalar, -128, -128);
  expect_maxima(max_pool_i16_scalar, -32768, -1);
  expect_maxima(max_pool_i16_scalar, -32768, 32767);
  expect_maxima(max_pool_i32_scalar, -2'000'000'000, -1'999'999'000);
  expect_maxima(max_pool_i32_scalar, -1'000'000'000, 1'000'000'000);
}

TEST_P(MaxPool, KeepsABitThatIsSetAnywhere) {
  const auto words = static_cast<std::size_t>(words_of_bits(k_.channels));
  const auto bit = [words](const std::vector<std::uint32_t>& packed, std::size_t position, int c) {
    return (packed[position * words + static_cast<std::size_t>(c / 32)] >> (c % 32)) & 1u;
  };
  std::vector<std::uint32_t> input(k_.positions_in() * words), out(k_.positions_out() * words + 1, 77);
  for (std::size_t position = 0; position < k_.positions_in(); ++position) {
    for (int c = 0; c < k_.channels; ++c) {
      if (rng_.below(4) == 0) input[position * words + static_cast<std::size_t>(c / 32)] |= 1u << (c % 32);
    }
  }
  max_pool_bits_scalar(k_.args(input, out));
  EXPECT_EQ(out.back(), 77u) << "wrote past the last output";
  std::vector<std::uint32_t> want(k_.positions_out() * words);
  const auto largest =
      maxima_by_definition(k_, [&](std::size_t position, int c) { return bit(input, position, c) == 1 ? 1.0 : -1.0; });
  for (std::size_t i = 0; i < largest.size(); ++i) {
    const std::size_t position = i / static_cast<std::size_t>(k_.channels),
                      c = i % static_cast<std::size_t>(k_.channels);
    if (largest[i] > 0) want[position * words + c / 32] |= 1u << (c % 32);
  }
  out.pop_back();
  EXPECT_EQ(out, want);
}

INSTANTIATE_TEST_SUITE_P(Shapes, MaxPool,
                         testing::Values(MaxPoolCase{1, 1, 1, 1, 1, 1, 1},                     // smallest
                                         MaxPoolCase{9, 11, 33, 5, 6, 3, 3, 2, 2, 1, 1},       // ResNet stem
                                         MaxPoolCase{6, 8, 32, 3, 4, 2, 2, 2, 2},              // windows that touch
                                         MaxPoolCase{5, 7, 31, 3, 4, 2, 2, 2, 2},              // end padding
                                         MaxPoolCase{4, 5, 65, 4, 5, 3, 3, 1, 1, 1, 1},        // windows that overlap
                                         MaxPoolCase{1, 40, 7, 1, 13, 1, 4, 1, 3},             // one row
                                         MaxPoolCase{7, 4, 64, 2, 5, 2, 3, 4, 1, 0, 2},        // gaps between rows
                                         MaxPoolCase{2, 3, 5, 4, 4, 5, 6, 1, 2, 4, 5},         // one corner inside
                                         MaxPoolCase{8, 9, 3, 1, 1, 8, 9},                     // the whole input
                                         MaxPoolCase{3, 3, 40, 1, 1, 200, 200, 1, 1, 99, 99},  // and far beyond it
                                         MaxPoolCase{6, 5, 96, 4, 3, 2, 1, 2, 2, 1, 0}));      // uneven axes

}  // namespace
}  // namespace stapes
