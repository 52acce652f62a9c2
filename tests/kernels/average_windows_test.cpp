// SPDX-License-Identifier: Apache-2.0
#include "kernels/average_pool/average_windows.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/conv_oracle.h"

namespace stapes {
namespace {

struct WindowCase {
  int in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0;
};

// The mean of the positions inside the input.
template <class T>
std::vector<double> means_by_definition(const WindowCase& k, const std::vector<T>& input) {
  std::vector<double> out;
  for (int y = 0; y < k.out_h; ++y) {
    for (int x = 0; x < k.out_w; ++x) {
      for (int c = 0; c < k.channels; ++c) {
        double sum = 0;
        int count = 0;
        for (int in_y = y * k.stride_h - k.pad_h; in_y < y * k.stride_h - k.pad_h + k.kernel_h; ++in_y) {
          for (int in_x = x * k.stride_w - k.pad_w; in_x < x * k.stride_w - k.pad_w + k.kernel_w; ++in_x) {
            if (in_y < 0 || in_y >= k.in_h || in_x < 0 || in_x >= k.in_w) continue;
            sum += static_cast<double>(input[static_cast<std::size_t>((in_y * k.in_w + in_x) * k.channels + c)]);
            ++count;
          }
        }
        out.push_back(sum / count);
      }
    }
  }
  return out;
}

template <class T>
std::vector<T> means(const WindowCase& k, const std::vector<T>& input,
                     void (*kernel)(const AverageWindowsArgs<T>&) noexcept) {
  std::vector<T> out(static_cast<std::size_t>(k.out_h * k.out_w * k.channels) + 1, T{77});
  kernel({input.data(), out.data(), k.in_h, k.in_w, k.channels, k.out_h, k.out_w, k.kernel_h, k.kernel_w, k.stride_h,
          k.stride_w, k.pad_h, k.pad_w});
  EXPECT_EQ(out.back(), T{77}) << "wrote past the last output";
  out.pop_back();
  return out;
}

class AverageWindows : public testing::TestWithParam<WindowCase> {
 protected:
  const WindowCase k_ = GetParam();
  const std::size_t count_ = static_cast<std::size_t>(k_.in_h * k_.in_w * k_.channels);
  Philox rng_{43, Philox::Purpose::kTest};
};

TEST_P(AverageWindows, RoundTheInt8MeanHalvesAwayFromZero) {
  const auto input = test::random_integers<std::int8_t>(rng_, count_, -128, 127);
  const std::vector<double> want = means_by_definition(k_, input);
  const std::vector<std::int8_t> got = means(k_, input, average_windows_i8_scalar);
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], std::round(want[i])) << i;
}

// A sum of at most 12 values in [-1, 1] is rounded at most 12 times, by at most 2^-21 each. The mean divides the error.
TEST_P(AverageWindows, AreTheMeanInFloat) {
  std::vector<float> input(count_);
  for (float& v : input) v = static_cast<float>(rng_.uniform(-1, 1));
  const std::vector<double> want = means_by_definition(k_, input);
  const std::vector<float> got = means(k_, input, average_windows_f32_scalar);
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], want[i], 12.0 / (1 << 22)) << i;
}

INSTANTIATE_TEST_SUITE_P(Shapes, AverageWindows,
                         testing::Values(WindowCase{1, 1, 1, 1, 1, 1, 1}, WindowCase{5, 4, 3, 3, 2, 3, 3},
                                         WindowCase{7, 6, 5, 7, 6, 3, 3, 1, 1, 1, 1},
                                         WindowCase{7, 6, 2, 4, 3, 3, 3, 2, 2, 1, 0},
                                         WindowCase{9, 3, 4, 5, 1, 2, 2, 2, 5, 1, 1},
                                         WindowCase{4, 9, 1, 1, 3, 3, 4, 1, 3, 0, 1}));

}  // namespace
}  // namespace stapes
