// SPDX-License-Identifier: Apache-2.0
#include "kernels/threshold/threshold.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "kernels/bits_oracle.h"
#include "kernels/conv_oracle.h"

namespace stapes {
namespace {

class Threshold : public testing::TestWithParam<int> {};

template <class Input>
void expect_decisions(int channels, void (*kernel)(const ThresholdArgs<Input>&) noexcept, int largest) {
  constexpr int kPositions = 3;
  Philox random(22, Philox::Purpose::kTest);
  const auto count = static_cast<std::size_t>(channels);
  const auto input = test::random_integers<Input>(random, kPositions * count, -largest, largest);
  auto threshold = test::random_integers<std::int32_t>(random, count, -largest, largest);
  threshold.front() = input.front();  // equality counts as reaching the threshold
  if (channels > 2) threshold[1] = INT32_MIN, threshold[2] = INT32_MAX;
  const auto falling = test::random_integers<std::uint8_t>(random, count, 0, 1);
  for (const bool with_falling : {false, true}) {
    std::vector<std::int8_t> signs;
    for (std::size_t i = 0; i < input.size(); ++i) {
      const std::size_t c = i % count;
      signs.push_back(test::decide(input[i], threshold[c], with_falling && falling[c] == 1));
    }
    const std::vector<std::uint32_t> want = test::pack_rows(signs, channels);
    std::vector<std::uint32_t> out(want.size() + 1, 0xABCDABCD);
    kernel({input.data(), out.data(), threshold.data(), with_falling ? falling.data() : nullptr, kPositions, channels});
    EXPECT_EQ(out.back(), 0xABCDABCD) << "wrote past the last output";
    out.pop_back();
    EXPECT_EQ(out, want);
  }
}

TEST_P(Threshold, PacksABitAChannel) {
  expect_decisions<std::int16_t>(GetParam(), threshold_from_i16_scalar, 30000);
  expect_decisions<std::int32_t>(GetParam(), threshold_from_i32_scalar, 2'000'000'000 / 2);
}

INSTANTIATE_TEST_SUITE_P(Channels, Threshold, testing::Values(1, 2, 31, 32, 33, 64, 100));

}  // namespace
}  // namespace stapes
