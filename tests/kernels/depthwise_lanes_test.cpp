// SPDX-License-Identifier: Apache-2.0
// Depthwise loops and layout with channels in vector lanes. A standard C++ machine replaces the vectors.
#include <cstring>

#include "kernels/conv_i8_operands.h"
#include "kernels/loops/depthwise/depthwise_lanes_conv.h"
#include "kernels/loops/depthwise/depthwise_lanes_variant.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {

using test::ConvCase;
using test::ConvI8Operands;

struct LanesMachine {
  static void copy(const std::int8_t* from, std::int32_t stride, std::int32_t positions, std::int32_t lanes,
                   std::int8_t* to, std::int32_t to_stride) {
    for (int i = 0; i < positions; ++i, from += stride, to += to_stride) {
      std::memset(to, 0, kDepthwiseLanes);
      std::memcpy(to, from, static_cast<std::size_t>(lanes));
    }
  }
  static void fill(std::int8_t* to, std::int32_t to_stride, std::int32_t positions, std::int32_t value) {
    for (int i = 0; i < positions; ++i, to += to_stride) std::memset(to, value, kDepthwiseLanes);
  }
  static void rotate(const std::int8_t* from, std::int32_t columns, std::int32_t column, std::int32_t split,
                     std::int8_t* to) {
    for (int i = 0; i < columns * column; ++i) {
      to[i] = from[i / column * column + (i % column + split) % column];
    }
  }
  static void run_row(const DepthwiseLanesRow& r) {
    for (int p = 0; p < r.positions; ++p) {
      for (int lane = 0; lane < r.lanes; ++lane) {
        const int place = depthwise_place(lane);
        std::int32_t sum = r.constants->first[place];
        const std::int8_t *x = r.taps + p * r.taps_step + lane, *w = r.weights + lane;
        for (int i = 0; i < r.pairs; ++i, x += 2 * kDepthwiseLanes, w += 2 * kDepthwiseLanes) {
          const int pair = x[0] * w[0] + x[kDepthwiseLanes] * w[kDepthwiseLanes];
          EXPECT_EQ(pair, static_cast<std::int16_t>(pair));
          sum += pair;
        }
        for (int i = 0; i < r.singles; ++i) sum += x[i * kDepthwiseLanes] * w[i * kDepthwiseLanes];
        const std::int32_t left = r.constants->left[place], right = r.constants->right[place];
        EXPECT_TRUE(left == 0 || r.shifts_left != 0);
        const std::int32_t q = r.zero_point + rescale(sum, r.constants->multiplier[place], left != 0 ? left : right);
        r.output[p * r.output_step + lane] = clamp_to<std::int8_t>(q, r.minimum, r.maximum);
      }
    }
  }
};

void expect_the_definition(const ConvI8Operands& operands) {
  const auto variant = depthwise_lanes_variant(
      Isa::kMve, [](const ConvI8Args<std::int8_t, std::int8_t>& a) noexcept { depthwise_lanes_conv<LanesMachine>(a); });
  if (!variant.suits(operands.k.shape())) return;
  EXPECT_EQ(operands.run(variant), operands.by_definition());
}

class DepthwiseLanes : public testing::TestWithParam<ConvCase> {};

TEST_P(DepthwiseLanes, ComputeWhatTheDefinitionDoes) { expect_the_definition(ConvI8Operands(GetParam())); }
TEST_P(DepthwiseLanes, ShiftToTheLeft) { expect_the_definition(ConvI8Operands(GetParam(), -6, 3)); }
// All weights and many inputs are -128: a pair of products would not fit 16 bits.
TEST_P(DepthwiseLanes, AddProductsOfTheLowestWeightsOneByOne) {
  ConvI8Operands operands(GetParam());
  for (auto& w : operands.weights) w = -128;
  for (auto& x : operands.input) x = x < 100 ? -128 : x;
  expect_the_definition(operands);
}

INSTANTIATE_TEST_SUITE_P(Shapes, DepthwiseLanes, testing::ValuesIn(test::grouped_cases()));
// 1 to 18 taps, rows skipped by the stride, and one position.
INSTANTIATE_TEST_SUITE_P(Taps, DepthwiseLanes,
                         testing::Values(ConvCase{3, 4, 16, 16, 1, 1, 1, 1, 0, 0, 1, 1, 16},
                                         ConvCase{7, 5, 18, 18, 1, 3, 3, 2, 0, 1, 1, 1, 18},
                                         ConvCase{9, 5, 20, 20, 2, 2, 4, 3, 1, 1, 1, 1, 20},
                                         ConvCase{8, 4, 32, 32, 6, 3, 2, 1, 2, 1, 1, 1, 32},
                                         ConvCase{5, 3, 40, 40, 5, 3, 1, 1, 0, 0, 1, 1, 40}));
// Eight channels: even and odd numbers of positions, one column, unequal padding, and a stride too wide to share a
// vector.
INSTANTIATE_TEST_SUITE_P(SharedLanes, DepthwiseLanes,
                         testing::Values(ConvCase{4, 6, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 8},
                                         ConvCase{4, 5, 8, 8, 3, 3, 2, 1, 1, 1, 1, 1, 8},
                                         ConvCase{3, 1, 8, 8, 2, 1, 1, 1, 0, 0, 1, 1, 8},
                                         ConvCase{2, 9, 8, 8, 1, 4, 1, 1, 0, 0, 1, 1, 8, 0, 3},
                                         ConvCase{5, 7, 8, 8, 5, 5, 1, 1, 4, 4, 1, 1, 8},
                                         ConvCase{4, 9, 8, 8, 3, 3, 1, 2, 1, 1, 1, 1, 8}));

TEST(DepthwiseLane, HasAPlaceOfItsOwn) {
  std::uint32_t seen = 0;
  for (int c = 0; c < kDepthwiseLanes; ++c) seen |= 1u << depthwise_place(c);
  EXPECT_EQ(seen, 0xFFFFu);
  EXPECT_EQ(depthwise_place(4), 1);
  EXPECT_EQ(depthwise_place(2), 4);
  EXPECT_EQ(depthwise_place(1), 8);
}

}  // namespace
}  // namespace stapes
