// SPDX-License-Identifier: Apache-2.0
#include "kernels/transpose/transpose.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "kernels/bits_oracle.h"

namespace stapes {
namespace {

// width, channels
class Transpose : public testing::TestWithParam<std::pair<int, int>> {
 protected:
  const int width_ = GetParam().first, channels_ = GetParam().second;
  const std::size_t count_ = static_cast<std::size_t>(width_ * channels_);

  template <class T>
  void expect_transposed(void (*kernel)(const TransposeArgs<T>&) noexcept) {
    std::vector<T> in(count_), out(count_ + 1, T{99});
    for (std::size_t i = 0; i < count_; ++i) in[i] = static_cast<T>(i * 7 + 3);
    kernel({.input = in.data(),
            .output = out.data(),
            .width = width_,
            .channels = channels_,
            .first = 0,
            .end = channels_});
    for (int w = 0; w < width_; ++w) {
      for (int c = 0; c < channels_; ++c) {
        EXPECT_EQ(out[static_cast<std::size_t>(c * width_ + w)], in[static_cast<std::size_t>(w * channels_ + c)]);
      }
    }
    EXPECT_EQ(out.back(), T{99}) << "wrote past the last output";
  }
};

TEST_P(Transpose, Transposes8BitValues) { expect_transposed(transpose_8_scalar); }
TEST_P(Transpose, Transposes16BitValues) { expect_transposed(transpose_16_scalar); }
TEST_P(Transpose, Transposes32BitValues) { expect_transposed(transpose_32_scalar); }

TEST_P(Transpose, GivesEachBitAWord) {
  Philox rng(11, Philox::Purpose::kTest);
  const auto signs = test::random_signs(rng, count_);
  const auto packed = test::pack_rows(signs, channels_);
  std::vector<std::uint32_t> out(count_ + 1, 99);
  transpose_bits_scalar({.input = packed.data(),
                         .output = out.data(),
                         .width = width_,
                         .channels = channels_,
                         .first = 0,
                         .end = channels_});
  for (int w = 0; w < width_; ++w) {
    for (int c = 0; c < channels_; ++c) {
      EXPECT_EQ(out[static_cast<std::size_t>(c * width_ + w)],
                signs[static_cast<std::size_t>(w * channels_ + c)] == 1 ? 1u : 0u);
    }
  }
  EXPECT_EQ(out.back(), 99u) << "wrote past the last output";
}

TEST_P(Transpose, GivesAnyPartOfTheRows) {
  Philox rng(12, Philox::Purpose::kTest);
  const auto packed = test::pack_rows(test::random_signs(rng, count_), channels_);
  std::vector<std::uint8_t> in(count_), all(count_), part(count_ + 1);
  for (std::size_t i = 0; i < count_; ++i) in[i] = static_cast<std::uint8_t>(i * 7 + 3);
  std::vector<std::uint32_t> all_bits(count_), part_bits(count_ + 1);
  TransposeArgs<std::uint8_t> bytes{
      .input = in.data(), .output = all.data(), .width = width_, .channels = channels_, .first = 0, .end = channels_};
  TransposeBitsArgs bits{.input = packed.data(),
                         .output = all_bits.data(),
                         .width = width_,
                         .channels = channels_,
                         .first = 0,
                         .end = channels_};
  transpose_8_scalar(bytes);
  transpose_bits_scalar(bits);
  for (int first = 0; first < channels_; first += 3) {
    const int end = std::min(first + 4, channels_);
    const auto begin = static_cast<std::ptrdiff_t>(first * width_),
               length = static_cast<std::ptrdiff_t>((end - first) * width_);
    bytes.first = bits.first = first;
    bytes.end = bits.end = end;
    bytes.output = part.data();
    bits.output = part_bits.data();
    part[static_cast<std::size_t>(length)] = 99;
    part_bits[static_cast<std::size_t>(length)] = 99;
    transpose_8_scalar(bytes);
    transpose_bits_scalar(bits);
    EXPECT_TRUE(std::equal(part.begin(), part.begin() + length, all.begin() + begin)) << first;
    EXPECT_TRUE(std::equal(part_bits.begin(), part_bits.begin() + length, all_bits.begin() + begin)) << first;
    EXPECT_EQ(part[static_cast<std::size_t>(length)], 99) << "wrote past the last row";
    EXPECT_EQ(part_bits[static_cast<std::size_t>(length)], 99u) << "wrote past the last row";
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Transpose,
                         testing::Values(std::pair{1, 1}, std::pair{5, 7}, std::pair{3, 31}, std::pair{3, 32},
                                         std::pair{4, 33}, std::pair{1, 64}, std::pair{151, 65}));

}  // namespace
}  // namespace stapes
