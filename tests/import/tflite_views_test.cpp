// SPDX-License-Identifier: Apache-2.0
// Operators that move values (padding, reshapes, transposes) equal tflite_reference.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/tflite_comparison.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;
using Builder = TfliteBuilder;

// ---- padding

// A 6 x 5 x 2 input with rows and columns of padding.
struct PaddedModel : ConvModel {
  PaddedModel(const std::vector<std::int32_t>& list, const Shape& shape) : padded(int8(shape, 0.02f, 3)) {
    op("PAD", {in, constant("INT32", {4, 2}, list)}, padded, "PadOptions");
  }
  int padded;
};

TEST(TflitePad, BecomesThePaddingOfTheConvolutionsThatReadIt) {
  PaddedModel m({0, 0, 0, 1, 2, 1, 0, 0}, {1, 7, 8, 2});
  const int a = m.int8({1, 3, 3, 4}, 0.2f, 0), b = m.int8({1, 3, 3, 4}, 0.2f, 0), sum = m.int8({1, 3, 3, 4}, 0.3f, 1);
  m.conv({m.padded, m.w, m.b}, a, "VALID", 2);
  m.depthwise({m.padded, m.weights({1, 3, 3, 4}, {0.01f}, 3), m.bias(4)}, b, "VALID", 2, "RELU", 2);
  m.op("ADD", {a, b}, sum, "AddOptions");
  const TfliteFile file = m.file(m.in, sum);
  expect_integers_of_reference(file);
  EXPECT_THAT(operators_of(file), testing::ElementsAre("ConvI8", "ConvI8", "AddI8", "Reshape"));
}

TEST(TflitePad, AddsToThePaddingOfAConvolution) {
  Builder b;
  const int in = b.int8({1, 6, 5, 2}, 0.02f, 3), padded = b.int8({1, 8, 7, 2}, 0.02f, 3);
  const int out = b.int8({1, 8, 7, 4}, 0.2f, 0);
  const std::vector<std::int8_t> zero{3};
  b.op("PADV2",
       {in, b.constant("INT32", {4, 2}, std::vector<std::int32_t>{0, 0, 1, 1, 1, 1, 0, 0}),
        b.constant("INT8", {1}, zero, {{0.02f}, {3}})},
       padded, "PadV2Options");
  b.conv({padded, b.weights({4, 5, 5, 2}, {0.01f}), b.bias(4)}, out);
  expect_integers_of_reference(b.file(in, out));
}

TEST(TflitePad, BecomesThePaddingOfAMaxPoolIfItIsTheLeastValue) {
  for (const int zero_point : {-128, -127}) {
    Builder b;
    const int in = b.int8({1, 6, 5, 2}, 0.02f, zero_point), padded = b.int8({1, 8, 6, 2}, 0.02f, zero_point);
    const int out = b.int8({1, 3, 2, 2}, 0.02f, zero_point);
    b.op("PAD", {in, b.constant("INT32", {4, 2}, std::vector<std::int32_t>{0, 0, 1, 1, 1, 0, 0, 0})}, padded,
         "PadOptions");
    b.pool("MAX_POOL_2D", padded, out, 3, 2, "VALID");
    if (zero_point == -128) {
      expect_integers_of_reference(b.file(in, out));
    } else {
      EXPECT_THAT(refusal_of(b, in, out), HasSubstr("reads padding that can be the largest value"));
    }
  }
}

TEST(TflitePad, OtherPaddingIsRefusedByName) {
  PaddedModel added({0, 0, 1, 1, 1, 1, 0, 0}, {1, 8, 7, 2});
  const int sum = added.int8({1, 8, 7, 2}, 0.1f, 0);
  added.op("ADD", {added.padded, added.padded}, sum, "AddOptions");
  EXPECT_THAT(refusal_of(added, added.in, sum),
              HasSubstr("operator 1 (ADD of 1x8x7x2, 1x8x7x2): reads the output of PAD (operator 0), which only a"));
  PaddedModel wide({0, 0, 3, 1, 1, 1, 0, 0}, {1, 10, 7, 2});
  const int conv = wide.int8({1, 8, 5, 4}, 0.1f, 0);
  wide.conv({wide.padded, wide.w, wide.b}, conv, "VALID");
  EXPECT_THAT(refusal_of(wide, wide.in, conv),
              HasSubstr("padding of 3 and 1 for a window of 3; padding must be smaller than the window"));
  PaddedModel channels({0, 0, 0, 0, 0, 0, 0, 1}, {1, 6, 5, 3});
  EXPECT_THAT(refusal_of(channels, channels.in, channels.padded), HasSubstr("expected height and width only"));
  PaddedModel contradicted({0, 0, 1, 1, 1, 1, 0, 0}, {1, 8, 6, 2});
  EXPECT_THAT(refusal_of(contradicted, contradicted.in, contradicted.padded),
              HasSubstr("operator 0 (PAD of 1x6x5x2, 4x2): padding of 1 and 1 does not turn 1x6x5x2 into 1x8x6x2"));
}

TEST(TflitePad, APaddedOutputIsRefused) {
  Builder b;
  const int in = b.int8({1, 1, 1, 4}, 0.02f, 3), sum = b.int8({1, 1, 1, 4}, 0.05f, 1),
            out = b.int8({1, 3, 3, 4}, 0.05f, 1);
  b.op("ADD", {in, in}, sum, "AddOptions");
  b.op("PAD", {sum, b.constant("INT32", {4, 2}, std::vector<std::int32_t>{0, 0, 1, 1, 1, 1, 0, 0})}, out, "PadOptions");
  EXPECT_THAT(refusal_of(b, in, out), HasSubstr("the output is padded"));
}

// ---- order of values

TEST(TfliteViews, AReshapedInputCostsNothing) {
  Builder b;
  const int flat = b.int8({1, 60}, 0.02f, 3), in = b.int8({1, 6, 5, 2}, 0.02f, 3), out = b.int8({1, 6, 5, 4}, 0.2f, 0);
  b.op("RESHAPE", {flat, b.ints({1, 6, 5, 2})}, in, "ReshapeOptions");
  b.conv({in, b.weights({4, 3, 3, 2}, {0.01f}), b.bias(4)}, out);
  const TfliteFile file = b.file(flat, out);
  expect_integers_of_reference(file);
  EXPECT_THAT(operators_of(file), testing::ElementsAre("ConvI8", "Reshape"));
}

TEST(TfliteViews, OthersAreCopiedWhereTheShapeMatters) {
  ConvModel m;
  const int conv = m.int8({1, 6, 5, 4}, 0.2f, 0), view = m.int8({1, 12, 5, 2}, 0.2f, 0),
            one = m.int8({1, 12, 5, 2}, 0.2f, 0);
  const int sliced = m.int8({1, 12, 5, 2}, 0.2f, 0), out = m.int8({1, 12, 5, 3}, 0.2f, 0),
            last = m.int8({1, 4}, 0.5f, 0);
  m.conv({m.in, m.w, m.b}, conv);
  m.op("RESHAPE", {conv, m.ints({1, 12, 5, 2})}, view, "ReshapeOptions");
  m.op("CONCATENATION", {view}, one, "ConcatenationOptions", "\"axis\": 3");
  m.op("STRIDED_SLICE", {one, m.ints({0, 0, 0, 7}), m.ints({0, 0, 0, 0}), m.ints({1, 1, 1, 1})}, sliced,
       "StridedSliceOptions", "\"begin_mask\": 8, \"end_mask\": 15");
  m.conv({sliced, m.weights({3, 3, 3, 2}, {0.01f}), m.bias(3)}, out);
  m.linear({out, m.weights({4, 180}, {0.01f}), m.bias(4)}, last);
  const TfliteFile file = m.file(m.in, last);
  expect_integers_of_reference(file);
  EXPECT_THAT(operators_of(file), testing::ElementsAre("ConvI8", "Reshape", "ConvI8", "ConvI8"));
}

TEST(TfliteViews, TheShapeMayBeComputed) {
  ConvModel m;
  const int conv = m.int8({1, 6, 5, 4}, 0.2f, 0), flat = m.int8({1, 120}, 0.2f, 0), out = m.int8({1, 3}, 0.5f, 0);
  const int shape = m.tensor("INT32", {4}), batch = m.tensor("INT32", {1}), list = m.tensor("INT32", {2});
  m.conv({m.in, m.w, m.b}, conv);
  m.op("SHAPE", {conv}, shape, "ShapeOptions");
  m.op("STRIDED_SLICE", {shape, m.ints({0}), m.ints({1}), m.ints({1})}, batch, "StridedSliceOptions",
       "\"shrink_axis_mask\": 1");
  m.op("PACK", {batch, m.ints({-1})}, list, "PackOptions", "\"values_count\": 2");
  m.op("RESHAPE", {conv, list}, flat, "ReshapeOptions");
  m.linear({flat, m.weights({3, 120}, {0.01f}), m.bias(3)}, out);
  expect_integers_of_reference(m.file(m.in, out));
}

struct TransposeCase {
  std::vector<int> shape;
  std::vector<std::int32_t> order;
  std::vector<int> out;
  std::vector<std::string> operators;
};
class TfliteTranspose : public testing::TestWithParam<TransposeCase> {};
TEST_P(TfliteTranspose, GivesTheOrderOfTheFile) {
  const TransposeCase& k = GetParam();
  Builder b;
  const int in = b.int8(k.shape, 0.02f, 3), turned = b.int8(k.out, 0.02f, 3), out = b.int8({1, 4}, 0.3f, 1);
  b.op("TRANSPOSE", {in, b.ints(k.order)}, turned, "TransposeOptions");
  b.linear({turned, b.weights({4, static_cast<int>(b.file(in, turned).tensor(in).elements())}, {0.01f}), b.bias(4)},
           out);
  const TfliteFile file = b.file(in, out);
  expect_integers_of_reference(file);
  EXPECT_EQ(operators_of(file), k.operators);
}
INSTANTIATE_TEST_SUITE_P(
    Permutations, TfliteTranspose,
    testing::Values(TransposeCase{{1, 1, 7, 3}, {0, 2, 1, 3}, {1, 7, 1, 3}, {"ConvI8"}},
                    TransposeCase{{1, 7, 1, 3}, {0, 1, 3, 2}, {1, 7, 3, 1}, {"ConvI8"}},
                    TransposeCase{{1, 7, 3}, {0, 2, 1}, {1, 3, 7}, {"Transpose", "ConvI8"}},
                    TransposeCase{{1, 3, 6, 5}, {0, 2, 3, 1}, {1, 6, 5, 3}, {"Transpose", "ConvI8"}},
                    TransposeCase{{1, 6, 5, 3}, {0, 3, 1, 2}, {1, 3, 6, 5}, {"Transpose", "ConvI8"}}));

TEST(TfliteViews, AnInputWithChannelsFirstIsTurned) {
  Builder b;
  const int in = b.int8({1, 2, 6, 5}, 0.02f, 3), turned = b.int8({1, 6, 5, 2}, 0.02f, 3),
            out = b.int8({1, 6, 5, 4}, 0.2f, 0);
  b.op("TRANSPOSE", {in, b.ints({0, 2, 3, 1})}, turned, "TransposeOptions");
  b.conv({turned, b.weights({4, 3, 3, 2}, {0.01f}), b.bias(4)}, out);
  const TfliteFile file = b.file(in, out);
  expect_integers_of_reference(file);
  EXPECT_THAT(operators_of(file), testing::ElementsAre("Transpose", "Reshape", "ConvI8", "Reshape"));
}

TEST(TfliteViews, WhatMovesValuesIsRefusedByName) {
  Builder turned;
  const int in = turned.int8({1, 6, 5, 2}, 0.02f, 3), out = turned.int8({1, 5, 6, 2}, 0.02f, 3);
  turned.op("TRANSPOSE", {in, turned.ints({0, 2, 1, 3})}, out, "TransposeOptions");
  EXPECT_THAT(refusal_of(turned, in, out),
              HasSubstr("operator 0 (TRANSPOSE of 1x6x5x2, 4): permutation 0, 2, 1, 3; expected two groups"));
  Builder joined;
  const int a = joined.int8({1, 6, 5, 2}, 0.02f, 3), both = joined.int8({1, 6, 5, 4}, 0.02f, 3);
  joined.op("CONCATENATION", {a, a}, both, "ConcatenationOptions", "\"axis\": 3");
  EXPECT_THAT(refusal_of(joined, a, both),
              HasSubstr("2 operands; only a CONCATENATION with a single operand is supported"));
  Builder cut;
  const int whole = cut.int8({1, 6, 5, 2}, 0.02f, 3), part = cut.int8({1, 5, 5, 2}, 0.02f, 3);
  cut.op("STRIDED_SLICE", {whole, cut.ints({0, 1, 0, 0}), cut.ints({1, 6, 5, 2}), cut.ints({1, 1, 1, 1})}, part,
         "StridedSliceOptions");
  EXPECT_THAT(refusal_of(cut, whole, part),
              HasSubstr("a start of 0, 1, 0, 0; expected 0: only a slice that covers the whole tensor"));
}

// One error lists all unsupported operators, each with its number and shapes.
TEST(TfliteViews, AllThatIsRefusedIsSaidAtOnce) {
  Builder b;
  const int in = b.int8({1, 6, 5, 2}, 0.02f, 3), a = b.int8({1, 5, 6, 2}, 0.02f, 3), c = b.int8({1, 6, 5, 4}, 0.02f, 3);
  const int out = b.int8({1, 6, 5, 2}, 0.02f, 3);
  b.op("TRANSPOSE", {in, b.ints({0, 2, 1, 3})}, a, "TransposeOptions");
  b.op("CONCATENATION", {in, in}, c, "ConcatenationOptions", "\"axis\": 3");
  b.op("TANH", {in}, out);
  EXPECT_THAT(refusal_of(b, in, out),
              testing::AllOf(HasSubstr("operator 0 (TRANSPOSE of"), HasSubstr("operator 1 (CONCATENATION of"),
                             HasSubstr("operator 2 (TANH of 1x6x5x2): unsupported operator")));
}

}  // namespace
}  // namespace stapes::test
