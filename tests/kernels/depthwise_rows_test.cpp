// SPDX-License-Identifier: Apache-2.0
// The loops and layout of depthwise_rows.h. A standard C++ machine finds weights by place_of(), like the instructions.
#include "kernels/loops/depthwise/depthwise_rows.h"

#include <limits>

#include "kernels/conv_oracle.h"
#include "kernels/loops/depthwise/depthwise_variant.h"
#include "kernels/variant_runner.h"

namespace stapes {
namespace {

using ConvBytes = ConvI8Args<std::int8_t, std::int8_t>;

struct RowsByPlace : ArmDspDepthwiseSizes {
  static void copy(const std::int8_t* from, std::int32_t stride, std::int32_t count, std::int32_t zero_point,
                   Element* to) {
    for (int i = 0; i < count; ++i, from += stride) {
      for (int c = 0; c < kDepthwiseChannels; ++c) *to++ = static_cast<Element>(from[c] - zero_point);
    }
  }
  static void run_row(const ConvShape& s, const Element* ring, const unsigned char* block, std::int8_t* output) {
    const auto* const weights = reinterpret_cast<const Weight*>(block);
    const auto* const finish = reinterpret_cast<const PairedFinish*>(weights + depthwise_block_weights(s));
    for (int x = 0; x < s.out_w; ++x, ring += s.stride_w * kDepthwiseChannels, output += s.out_c) {
      for (int c = 0; c < kDepthwiseChannels; ++c) {
        std::int32_t sum = 0;
        for (int tap = 0; tap < s.kernel_h * s.kernel_w; ++tap) {
          const int at = tap / s.kernel_w * depthwise_columns(s) + tap % s.kernel_w;
          sum += ring[at * kDepthwiseChannels + c] * weights[tap * kDepthwiseChannels + place_of(c)];
        }
        output[c] = finished(sum, finish[c]);
      }
    }
  }

 private:
  static std::int8_t finished(std::int32_t sum, const PairedFinish& f) {
    const std::int32_t x2 = f.twice_bias + 2 * sum;
    const auto high = static_cast<std::int32_t>((std::int64_t{x2} * f.multiplier + (std::int64_t{1} << 31)) >> 32);
    return clamp_to<std::int8_t>((f.offset + high - (x2 < 0 ? 1 : 0)) >> f.right, -128, 127);
  }
};

void expect_the_definition(const ConvShape& s) {
  ASSERT_TRUE(depthwise_rows_suits(s));
  Philox rng(22, Philox::Purpose::kTest);
  const auto channels = static_cast<std::size_t>(s.out_c);
  const auto weights = test::random_integers<std::int8_t>(rng, channels * filter_size(s), -128, 127);
  const auto input =
      test::random_integers<std::int8_t>(rng, static_cast<std::size_t>(s.in_h * s.in_w * s.in_c), -128, 127);
  const auto bias = test::random_integers<std::int32_t>(rng, channels, -5000, 5000);
  const auto multiplier =
      test::random_integers<std::int32_t>(rng, channels, 1 << 30, std::numeric_limits<std::int32_t>::max());
  const auto shift = test::random_integers<std::int32_t>(rng, channels, -12, -1);
  const auto run = [&](const Variant<ConvBytes>& variant) {
    std::vector<std::int8_t> out(static_cast<std::size_t>(s.out_h * s.out_w * s.out_c) + 1, 99);
    const ConvBytes args{.shape = s,
                         .weights = weights.data(),
                         .bias = bias.data(),
                         .multiplier = multiplier.data(),
                         .shift = shift.data(),
                         .input = input.data(),
                         .output = out.data(),
                         .in_zero_point = -9,
                         .out_zero_point = 4,
                         .minimum = -128,
                         .maximum = 127};
    EXPECT_TRUE(paired_accepts_finish(args));
    test::run_variant<ConvBytes>(variant, args);
    EXPECT_EQ(out.back(), 99) << "wrote past the last output";
    return out;
  };
  const auto rows = depthwise_rows_variant<ArmDspDepthwiseSizes>(
      Isa::kPlain, [](const ConvBytes& a) noexcept { depthwise_rows<RowsByPlace>(a); });
  EXPECT_EQ(run(rows), run(conv_i8_variants()[0]));
}

class DepthwiseRows : public testing::TestWithParam<test::ConvCase> {};
TEST_P(DepthwiseRows, EqualTheDefinition) { expect_the_definition(GetParam().shape()); }

// Blocks of channels with a remainder; strides shorter and longer than the kernel; padding on every side.
INSTANTIATE_TEST_SUITE_P(Shapes, DepthwiseRows,
                         testing::Values(test::ConvCase{5, 5, 4, 4, 3, 3, 1, 1, 1, 1, 1, 1, 4},
                                         test::ConvCase{7, 6, 9, 9, 3, 3, 2, 2, 0, 0, 1, 1, 9, 1, 1},
                                         test::ConvCase{9, 9, 7, 7, 2, 2, 3, 3, 1, 1, 1, 1, 7},
                                         test::ConvCase{1, 40, 8, 8, 1, 29, 1, 1, 0, 14, 1, 1, 8},
                                         test::ConvCase{6, 4, 5, 5, 4, 1, 1, 2, 2, 0, 1, 1, 5},
                                         test::ConvCase{8, 3, 6, 6, 5, 3, 2, 1, 2, 1, 1, 1, 6}));

TEST(DepthwiseRow, OfACallMayHaveTapsBelowTheInput) {
  ConvShape rows = test::ConvCase{5, 6, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 8}.shape();
  rows.pad_h = 0;
  expect_the_definition(rows);
}

TEST(DepthwiseRow, SuitsKernelsOfFewTaps) {
  const ConvShape shape = test::ConvCase{9, 9, 4, 4, 5, 8, 1, 1, 0, 0, 1, 1, 4}.shape();
  EXPECT_TRUE(depthwise_rows_suits(shape));
  ConvShape large = shape;
  large.kernel_w = 9;
  EXPECT_FALSE(depthwise_rows_suits(large));
  large = shape;
  large.stride_w = 9;
  EXPECT_FALSE(depthwise_rows_suits(large));
}

}  // namespace
}  // namespace stapes
