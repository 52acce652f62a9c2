// SPDX-License-Identifier: Apache-2.0
#include "kernels/int8_layer.h"
#include "kernels/loops/twin/twin_machine_plain.h"
#include "kernels/loops/twin/twin_variant.h"

namespace stapes {
namespace {

const Variant<ConvI8Args<std::int8_t, std::int8_t>> kTwin = twin_variant(Isa::kPlain, conv_i8_twin_plain);

int taps_of_filter(const test::Int8Layer& layer, int filter) {
  const int taps = static_cast<int>(filter_size(layer.shape));
  const auto* weights = layer.weights.data() + filter * taps;
  return !twin_taps_fit(weights, taps, 2) ? 1 : twin_taps_fit(weights, taps, 4) ? 4 : 2;
}

class TwinConv : public testing::TestWithParam<test::ConvCase> {};

// Weights of all sizes, then weights for which four products fit 16 bits.
TEST_P(TwinConv, EqualsTheDefinition) {
  if (!twin_suits(GetParam().shape())) return;
  test::Int8Layer layer(GetParam().shape());
  layer.expect_the_definition(kTwin);
  for (std::int8_t& weight : layer.weights) weight = static_cast<std::int8_t>(weight / 2);
  EXPECT_EQ(taps_of_filter(layer, 0), 4);
  layer.expect_the_definition(kTwin);
}

INSTANTIATE_TEST_SUITE_P(Shapes, TwinConv, testing::ValuesIn(test::conv_cases()));

// Tiles with a remainder; whole and partial chunks; padding on every side.
std::vector<test::ConvCase> twin_cases() {
  std::vector<test::ConvCase> all;
  for (const int width : {4, 5, 6, 7, 8, 9}) {
    all.push_back({1, width, 8, 3, 1, 1});
    all.push_back({3, width, 3, 2, 1, 1});
    all.push_back({2, width, 4, 4, 3, 3, 1, 1, 1, 1});
    all.push_back({5, width, 3, 5, 3, 2, 2, 1, 1, 1});
  }
  for (const int channels : {1, 2, 3, 4, 5, 8, 12, 16, 20, 64}) {
    all.push_back({3, 3, channels, 4, 1, 1});
    all.push_back({5, 6, channels, 2, 3, 3, 1, 1, 1, 1});
    all.push_back({6, 7, channels, 1, 3, 3, 2, 2, 0, 0, 1, 1, 1, 1, 1});
  }
  all.push_back({49, 10, 1, 4, 10, 4, 2, 2, 4, 1, 1, 1, 1, 5, 1});  // first layer of a keyword spotter
  all.push_back({1, 20, 40, 6, 1, 3, 1, 1, 0, 0});
  return all;
}
INSTANTIATE_TEST_SUITE_P(Tiles, TwinConv, testing::ValuesIn(twin_cases()));

TEST(TwinConvs, RunSomeRowsOfALayer) {
  for (const int channels : {3, 8}) {
    ConvShape rows = test::ConvCase{5, 6, channels, 4, 3, 3, 1, 1, 1, 1}.shape();
    rows.pad_h = 0;  // taps of its last two rows lie below the input
    test::Int8Layer(rows).expect_the_definition(kTwin);
    rows.in_h = 3;  // fewer positions than a tile
    rows.out_h = 1;
    rows.out_w = 3;
    test::Int8Layer(rows).expect_the_definition(kTwin);
  }
}

// The extreme halves are -32768 + 128 and 32767 - 127: two or four absolute weights add up to 255.
TEST(TwinConvs, AreExactForTheLargestProducts) {
  for (const auto& [weights, taps] :
       {std::pair(std::vector<int>{-128, -127, 127, -128}, 2), std::pair(std::vector<int>{-128, -42, -42, -43}, 4),
        std::pair(std::vector<int>{127, 42, 43, 43}, 4), std::pair(std::vector<int>{64, 64, 64, 64}, 2)}) {
    for (const int input : {-128, 127}) {
      test::Int8Layer layer(test::ConvCase{1, 6, 256, 3, 1, 1}.shape());
      for (std::size_t i = 0; i < layer.weights.size(); ++i)
        layer.weights[i] = static_cast<std::int8_t>(weights[i % 4]);
      for (std::size_t i = 0; i < layer.input.size(); ++i) {  // positions of one word differ in sign
        layer.input[i] = static_cast<std::int8_t>(i / 256 % 3 == 0 ? -1 - input : input);
      }
      layer.shift.assign(layer.shift.size(), -16);
      EXPECT_EQ(taps_of_filter(layer, 0), taps);
      layer.expect_the_definition(kTwin);
    }
  }
}

TEST(TwinConvs, RoundAtEveryShift) {
  for (int shift = 1; shift <= 22; ++shift) {
    test::Int8Layer layer(test::ConvCase{4, 25, 4, 8, 1, 1}.shape());
    layer.shift.assign(layer.shift.size(), -shift);
    for (std::int32_t& bias : layer.bias) bias *= 1 << (shift / 2);
    layer.expect_the_definition(kTwin);
  }
}

TEST(TwinConvs, TakeConstantChannelsOfAnyShift) {
  test::Int8Layer layer(test::ConvCase{2, 3, 4, 4, 1, 1}.shape());
  std::fill_n(layer.weights.begin() + 4, 8, std::int8_t{0});
  layer.bias = {100, -50, 300, 7};
  layer.multiplier = {1 << 30, 1 << 30, 1 << 30, 0};
  layer.shift = {-3, 1, 1, 0};
  layer.expect_the_definition(kTwin);
}

TEST(TwinConvs, RefuseWhatTheyCannotCompute) {
  test::Int8Layer layer(test::ConvCase{2, 3, 4, 4, 1, 1}.shape());
  EXPECT_TRUE(twin_accepts(layer.args()));
  auto args = layer.args();
  args.maximum = 126;
  EXPECT_FALSE(twin_accepts(args));
  layer.weights[6] = layer.weights[7] = -128;
  EXPECT_FALSE(twin_accepts(layer.args()));
  layer.weights[7] = 127;
  EXPECT_TRUE(twin_accepts(layer.args()));
  layer.shift[1] = 0;
  EXPECT_FALSE(twin_accepts(layer.args()));
}

TEST(TwinConvs, SuitLayersWithoutPoolsAndGroups) {
  const ConvShape shape = test::ConvCase{4, 4, 4, 3, 3, 3}.shape();
  EXPECT_TRUE(twin_suits(shape));
  for (std::int32_t ConvShape::*const size : {&ConvShape::pool_h, &ConvShape::pool_w, &ConvShape::groups}) {
    ConvShape other = shape;
    other.*size = 2;
    EXPECT_FALSE(twin_suits(other));
  }
}

}  // namespace
}  // namespace stapes
