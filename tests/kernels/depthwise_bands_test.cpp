// SPDX-License-Identifier: Apache-2.0
#include "kernels/int8_layer.h"
#include "kernels/loops/depthwise/depthwise_bands_plain.h"
#include "kernels/loops/depthwise/depthwise_variant.h"

namespace stapes {
namespace {

const Variant<ConvI8Args<std::int8_t, std::int8_t>> kBands =
    depthwise_bands_variant(Isa::kPlain, conv_i8_depthwise_bands_plain);

template <int kHeight, int kWidth>
Variant<ConvI8Args<std::int8_t, std::int8_t>> bands_of() {
  return depthwise_bands_variant(Isa::kPlain, [](const ConvI8Args<std::int8_t, std::int8_t>& a) noexcept {
    depthwise_bands<PlainDepthwiseBands<kHeight, kWidth>>(a);
  });
}

class DepthwiseBands : public testing::TestWithParam<test::ConvCase> {};
TEST_P(DepthwiseBands, EqualTheDefinition) {
  ASSERT_TRUE(depthwise_bands_suits(GetParam().shape()));
  test::Int8Layer(GetParam().shape()).expect_the_definition(kBands);
}

// A single band and several; bands of one row and of several rows, with a shorter last band; strides shorter and longer
// than the kernel; padding on every side, and wider than the kernel.
INSTANTIATE_TEST_SUITE_P(Shapes, DepthwiseBands,
                         testing::Values(test::ConvCase{5, 5, 4, 4, 3, 3, 1, 1, 1, 1, 1, 1, 4},
                                         test::ConvCase{7, 6, 9, 9, 3, 3, 2, 2, 0, 0, 1, 1, 9, 1, 1},
                                         test::ConvCase{9, 9, 7, 7, 2, 2, 3, 3, 1, 1, 1, 1, 7},
                                         test::ConvCase{1, 40, 8, 8, 1, 29, 1, 1, 0, 14, 1, 1, 8},
                                         test::ConvCase{6, 4, 5, 5, 4, 1, 1, 2, 2, 0, 1, 1, 5},
                                         test::ConvCase{8, 3, 6, 6, 5, 3, 2, 1, 2, 1, 1, 1, 6},
                                         test::ConvCase{3, 2, 4, 4, 2, 2, 1, 1, 4, 4, 1, 1, 4},
                                         test::ConvCase{48, 48, 4, 4, 3, 3, 1, 1, 1, 1, 1, 1, 4},
                                         test::ConvCase{48, 48, 4, 4, 3, 3, 2, 2, 0, 0, 1, 1, 4, 1, 1},
                                         test::ConvCase{4, 600, 4, 4, 3, 3, 1, 1, 1, 1, 1, 1, 4}));

// With weights in registers and in memory, as in exports.
TEST(DepthwiseBand, OfAKnownKernelEqualsTheDefinition) {
  test::Int8Layer(test::ConvCase{9, 6, 5, 5, 3, 3, 2, 1, 1, 1, 1, 1, 5}.shape())
      .expect_the_definition(bands_of<3, 3>());
  test::Int8Layer(test::ConvCase{2, 9, 5, 5, 1, 1, 1, 1, 0, 0, 1, 1, 5}.shape())
      .expect_the_definition(bands_of<1, 1>());
  test::Int8Layer(test::ConvCase{2, 40, 5, 5, 1, 13, 1, 2, 0, 6, 1, 1, 5}.shape())
      .expect_the_definition(bands_of<1, 13>());
}

TEST(DepthwiseBand, OfACallMayHaveTapsBelowTheInput) {
  ConvShape rows = test::ConvCase{5, 6, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 8}.shape();
  rows.pad_h = 0;
  test::Int8Layer(rows).expect_the_definition(kBands);
}

TEST(DepthwiseBand, RoundsAtEveryShift) {
  for (int shift = 1; shift <= 22; ++shift) {
    test::Int8Layer layer(test::ConvCase{5, 5, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 8}.shape());
    layer.shift.assign(layer.shift.size(), -shift);
    for (std::int32_t& bias : layer.bias) bias *= 1 << (shift / 2);
    layer.expect_the_definition(kBands);
  }
}

TEST(DepthwiseBand, SuitsOneFilterAChannelOfLimitedKernels) {
  const ConvShape shape = test::ConvCase{20, 20, 4, 4, 16, 16, 1, 1, 0, 0, 1, 1, 4}.shape();
  EXPECT_TRUE(depthwise_bands_suits(shape));
  ConvShape other = shape;
  other.kernel_w = 17;
  EXPECT_FALSE(depthwise_bands_suits(other));
  other = shape;
  other.groups = 2;
  EXPECT_FALSE(depthwise_bands_suits(other));
}

}  // namespace
}  // namespace stapes
