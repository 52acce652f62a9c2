// SPDX-License-Identifier: Apache-2.0
// Runs imported models of a few operators on every instruction set of this machine. Integers must equal
// tflite_reference.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "import/tflite_comparison.h"
#include "import/tflite_import.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;
using Builder = TfliteBuilder;

// ---- input and output

TEST(TfliteEnds, Uint8IsInt8ShiftedBy128) {
  Builder b;
  const int raw = b.tensor("UINT8", {1, 6, 5, 2}, {{0.02f}, {131}}), in = b.int8({1, 6, 5, 2}, 0.02f, 3);
  const int out = b.int8({1, 6, 5, 4}, 0.2f, -9), scores = b.tensor("UINT8", {1, 6, 5, 4}, {{0.2f}, {119}});
  b.op("QUANTIZE", {raw}, in);
  b.conv({in, b.weights({4, 3, 3, 2}, {0.01f}), b.bias(4)}, out);
  b.op("QUANTIZE", {out}, scores);
  const TfliteFile file = b.file(raw, scores);
  expect_integers_of_reference(file);
  EXPECT_THAT(operators_of(file), testing::ElementsAre("ConvI8", "Reshape"));
  EXPECT_TRUE(import_tflite(file).uint8_input && import_tflite(file).uint8_output);
  EXPECT_EQ(imported_model(file)->model().tensors()->Get(0)->zero_point(), 3);
}

TEST(TfliteEnds, QuantizeToAnotherScaleIsComputed) {
  Builder b;
  const int raw = b.tensor("UINT8", {1, 6, 5, 2}, {{0.03f}, {100}}), in = b.int8({1, 6, 5, 2}, 0.02f, 3);
  const int sum = b.int8({1, 6, 5, 2}, 0.3f, -9), scores = b.tensor("UINT8", {1, 6, 5, 2}, {{0.05f}, {10}});
  b.op("QUANTIZE", {raw}, in);
  b.op("ADD", {in, in}, sum, "AddOptions");
  b.op("QUANTIZE", {sum}, scores);
  expect_integers_of_reference(b.file(raw, scores));
}

TEST(TfliteEnds, AFloatInputIsQuantizedAlsoBehindAView) {
  Builder b;
  const int real = b.floats({1, 60}), shaped = b.floats({1, 6, 5, 2}), in = b.int8({1, 6, 5, 2}, 0.02f, 3);
  const int out = b.int8({1, 6, 5, 2}, 0.05f, 0), scores = b.floats({1, 6, 5, 2});
  b.op("RESHAPE", {real}, shaped, "ReshapeOptions");
  b.op("QUANTIZE", {shaped}, in);
  b.op("ADD", {in, in}, out, "AddOptions");
  b.op("DEQUANTIZE", {out}, scores);
  EXPECT_THAT(operators_of(b.file(real, scores)), testing::ElementsAre("AddI8", "Reshape"));
}

TEST(TfliteEnds, AFloatInputIsQuantizedToOneScale) {
  const auto refusal_with = [](float second_scale) {
    Builder b;
    const int real = b.floats({1, 4}), one = b.int8({1, 4}, 0.02f, 3), two = b.int8({1, 4}, second_scale, 3);
    const int out = b.int8({1, 4}, 0.05f, 0);
    b.op("QUANTIZE", {real}, one);
    b.op("QUANTIZE", {real}, two);
    b.op("ADD", {one, two}, out, "AddOptions");
    return refusal_of(b, real, out);
  };
  EXPECT_EQ(refusal_with(0.02f), "");
  EXPECT_THAT(refusal_with(0.03f),
              HasSubstr("quantizes the model's input a second time, to a different scale or zero point"));
}

TEST(TfliteEnds, OtherUint8AndQuantizersAreRefused) {
  Builder legacy;
  const int in = legacy.tensor("UINT8", {1, 6, 5, 2}, {{0.02f}, {131}}), out = legacy.int8({1, 6, 5, 2}, 0.05f, 0);
  legacy.op("ADD", {in, in}, out, "AddOptions");
  EXPECT_THAT(refusal_of(legacy, in, out),
              HasSubstr("operator 0 (ADD of 1x6x5x2, 1x6x5x2): an activation of type UINT8; expected INT8"));
  Builder mixed;
  const int real = mixed.floats({1, 4}), sum = mixed.floats({1, 4}), q = mixed.int8({1, 4}, 0.1f, 0);
  mixed.op("ADD", {real, real}, sum, "AddOptions");
  mixed.op("QUANTIZE", {sum}, q);
  EXPECT_THAT(refusal_of(mixed, real, q), HasSubstr("quantizes float values; supported only for the model's input"));
}

TEST(TfliteEnds, Int16ActivationsAreRefusedInOneLine) {
  Builder b;
  const int in = b.tensor("INT16", {1, 4}, {{0.1f}, {0}}), sum = b.tensor("INT16", {1, 4}, {{0.1f}, {0}});
  const int out = b.tensor("INT16", {1, 4}, {{0.1f}, {0}});
  b.op("ADD", {in, in}, sum, "AddOptions");
  b.op("ADD", {sum, sum}, out, "AddOptions");
  EXPECT_EQ(refusal_of(b, in, out),
            "16-bit activations (tensor 1, t1); expected int8 or float32: convert the model with int8 activations");
}

// ---- layers

TEST(TfliteOperators, AnyFullyConnectedLayerIsComputed) {
  for (const int filters : {1, 3, 17}) {
    ConvModel m;
    const int conv = m.int8({1, 3, 3, 4}, 0.3f, 20), out = m.int8({1, filters}, 0.9f, -7);
    m.conv({m.in, m.w, m.b}, conv, "SAME", 2, "RELU6");
    m.linear({conv, m.weights({filters, 36}, {0.01f}), m.bias(filters)}, out);
    expect_integers_of_reference(m.file(m.in, out));
  }
}

TEST(TfliteOperators, FullyConnectedLayersFollowLitertIfAsked) {
  for (const int filters : {1, 17}) {
    ConvModel m;
    const int conv = m.int8({1, 3, 3, 4}, 0.3f, 20), out = m.int8({1, filters}, 0.9f, -7);
    m.conv({m.in, m.w, m.b}, conv, "SAME", 2, "RELU6");
    m.linear({conv, m.weights({filters, 36}, {0.01f}), m.bias(filters)}, out, "RELU");
    const TfliteFile file = m.file(m.in, out);
    expect_integers_of_reference(file, 0, TfliteRounding::kLitert);
    EXPECT_THAT(operators_of(file, TfliteRounding::kLitert), testing::ElementsAre("ConvI8", "Reshape", "LinearI8Once"));
  }
}

TEST(TfliteOperators, FullyConnectedLayersOfPositionsHaveNoLitertRounding) {
  Builder b;
  const int in = b.int8({1, 7, 6}, 0.02f, 3), out = b.int8({1, 7, 5}, 0.2f, 4);
  b.linear({in, b.weights({5, 6}, {0.01f}), b.bias(5)}, out);
  EXPECT_THAT(refusal_of(b, in, out, TfliteRounding::kLitert),
              HasSubstr("outputs 7 rows; LiteRT's rounding is supported only for one row; use --rounding tflm"));
}

TEST(TfliteOperators, AFullyConnectedLayerMayGiveItsSums) {
  ConvModel m;
  const int conv = m.int8({1, 6, 5, 4}, 0.3f, 20);
  const int out = m.tensor("INT32", {1, 3}, {{0.3f * 0.01f}, {0}});
  m.conv({m.in, m.w, m.b}, conv);
  m.linear({conv, m.weights({3, 120}, {0.01f}), m.bias(3)}, out);
  const TfliteFile file = m.file(m.in, out);
  expect_integers_of_reference(file);
  EXPECT_THAT(operators_of(file), testing::ElementsAre("ConvI8", "Reshape", "LinearI8"));
  EXPECT_FLOAT_EQ(last_tensor(imported_model(file)->model()).scale(), 0.3f * 0.01f);

  ConvModel other;
  const int scaled = other.tensor("INT32", {1, 3}, {{0.5f}, {0}});
  other.linear({other.in, other.weights({3, 60}, {0.01f}), other.bias(3)}, scaled);
  EXPECT_THAT(refusal_of(other, other.in, scaled), HasSubstr("the int32 output must have the scale of the sums"));
}

TEST(TfliteOperators, AFullyConnectedLayerMayReadEachPositionByItself) {
  Builder b;
  const int in = b.int8({1, 7, 6}, 0.02f, 3), out = b.int8({1, 7, 5}, 0.2f, 4);
  b.linear({in, b.weights({5, 6}, {0.01f}), b.bias(5)}, out);
  expect_integers_of_reference(b.file(in, out));
}

struct MeanCase {
  std::vector<int> shape, axes, out;
  float in_scale, out_scale;
  int out_zero_point;
};
class TfliteMean : public testing::TestWithParam<MeanCase> {};
TEST_P(TfliteMean, IsTheRescaledSum) {
  const MeanCase& k = GetParam();
  Builder b;
  const int in = b.int8(k.shape, k.in_scale, -17), out = b.int8(k.out, k.out_scale, k.out_zero_point);
  b.op("MEAN", {in, b.ints({k.axes.begin(), k.axes.end()})}, out, "ReducerOptions",
       fmt::format("\"keep_dims\": {}", k.out.size() == k.shape.size()));
  expect_integers_of_reference(b.file(in, out));
}
INSTANTIATE_TEST_SUITE_P(Shapes, TfliteMean,
                         testing::Values(MeanCase{{1, 7, 5, 9}, {1, 2}, {1, 1, 1, 9}, 0.02f, 0.013f, 5},
                                         MeanCase{{1, 7, 5, 9}, {2, 1}, {1, 9}, 0.02f, 0.02f, -17},
                                         MeanCase{{1, 8, 8, 3}, {-2, -3}, {1, 3}, 0.02f, 0.02f, -17},
                                         MeanCase{{1, 4, 2, 33}, {1, 2}, {1, 33}, 0.5f, 0.01f, 0},
                                         MeanCase{{1, 6, 5, 4}, {1}, {1, 1, 5, 4}, 0.02f, 0.01f, -128},
                                         MeanCase{{1, 6, 5, 4}, {2}, {1, 6, 1, 4}, 0.02f, 0.03f, 127},
                                         MeanCase{{1, 6, 5, 4}, {2}, {1, 6, 4}, 0.02f, 0.03f, 127},
                                         MeanCase{{1, 1, 1, 4}, {1, 2}, {1, 4}, 0.02f, 0.019f, 0},
                                         MeanCase{{1, 31, 4}, {1}, {1, 4}, 0.02f, 0.02f, 1}));

TEST(TfliteOperators, AMeanOverChannelsIsRefused) {
  Builder b;
  const int in = b.int8({1, 6, 5, 2}, 0.02f, 3), out = b.int8({1, 6, 5, 1}, 0.02f, 3);
  b.op("MEAN", {in, b.ints({3})}, out, "ReducerOptions", "\"keep_dims\": true");
  EXPECT_THAT(refusal_of(b, in, out), HasSubstr("a mean over axes 3; expected height, width or both"));
}

TEST(TfliteOperators, AveragePoolsMayOverlapAndHavePadding) {
  for (const auto& [filter, stride, padding, h, w] : {std::tuple{3, 2, "SAME", 4, 3},
                                                      {3, 1, "SAME", 7, 6},
                                                      {3, 1, "VALID", 5, 4},
                                                      {2, 3, "VALID", 2, 2},
                                                      {2, 2, "VALID", 3, 3},
                                                      {2, 2, "SAME", 4, 3}}) {
    Builder b;
    const int in = b.int8({1, 7, 6, 3}, 0.02f, 3), out = b.int8({1, h, w, 3}, 0.02f, 3);
    b.pool("AVERAGE_POOL_2D", in, out, filter, stride, padding);
    expect_integers_of_reference(b.file(in, out));
    Builder f;
    const int real = f.floats({1, 7, 6, 3}), mean = f.floats({1, h, w, 3});
    f.pool("AVERAGE_POOL_2D", real, mean, filter, stride, padding);
    expect_floats_of_reference(f.file(real, mean));
  }
}

TEST(TfliteOperators, ALogisticTakesAnyScale) {
  for (const float scale : {1e-12f, 1e-9f, 0.001f, 0.05f, 0.7f, 20.0f}) {
    Builder b;
    const int in = b.int8({1, 40}, scale, 3), out = b.tensor("INT8", {1, 40}, {{0.00390625f}, {-128}});
    b.op("LOGISTIC", {in}, out);
    // At scales of 8 and above TensorFlow Lite Micro saturates every input except 0, so outputs may be off by 1.
    expect_integers_of_reference(b.file(in, out), 1);
  }
}

TEST(TfliteOperators, OutputsThatTheOptionsContradictAreRefused) {
  ConvModel m;
  const int out = m.int8({1, 6, 4, 4}, 0.3f, 20);
  m.conv({m.in, m.w, m.b}, out);
  EXPECT_THAT(
      refusal_of(m, m.in, out),
      HasSubstr(
          "operator 0 (CONV_2D of 1x6x5x2, 4x3x3x2, 4): outputs 1x6x4x4, but its shapes and options require 6x5x4"));
}

TEST(TfliteOperators, AnOptionThatIsMissingIsNamed) {
  ConvModel m;
  const int out = m.int8({1, 6, 5, 4}, 0.3f, 20);
  m.op("CONV_2D", {m.in, m.w, m.b}, out);
  EXPECT_THAT(refusal_of(m, m.in, out), HasSubstr("CONV_2D lacks the options that this operator requires"));
}

// ---- float

TEST(TfliteFloat, AModelOfEveryOperatorIsCloseToTheReference) {
  Builder b;
  const int in = b.floats({1, 6, 5, 2}), padded = b.floats({1, 7, 6, 2}), conv = b.floats({1, 5, 4, 4});
  const int deep = b.floats({1, 5, 4, 4}), sum = b.floats({1, 5, 4, 4}), pool = b.floats({1, 3, 2, 4});
  const int mean = b.floats({1, 4}), linear = b.floats({1, 3}), scores = b.floats({1, 3});
  b.op("PAD", {in, b.constant("INT32", {4, 2}, std::vector<std::int32_t>{0, 0, 0, 1, 1, 0, 0, 0})}, padded,
       "PadOptions");
  b.conv({padded, b.float_weights({4, 3, 3, 2}), b.float_weights({4})}, conv, "VALID", 1, "RELU6");
  b.depthwise({conv, b.float_weights({1, 3, 3, 4}), b.float_weights({4})}, deep, "SAME", 1, "RELU");
  b.op("ADD", {conv, deep}, sum, "AddOptions", "\"fused_activation_function\": \"RELU6\"");
  b.pool("MAX_POOL_2D", sum, pool, 3, 2, "SAME");
  b.op("MEAN", {pool, b.ints({1, 2})}, mean, "ReducerOptions");
  b.linear({mean, b.float_weights({3, 4})}, linear);
  expect_floats_of_reference(b.file(in, linear));
  b.softmax(linear, scores);
  expect_floats_of_reference(b.file(in, scores));
}

TEST(TfliteFloat, ALogisticIsCloseToTheReference) {
  Builder b;
  const int in = b.floats({1, 9}), linear = b.floats({1, 20}), scores = b.floats({1, 20});
  const std::vector<float> steep(180, 12.0f);
  b.linear({in, b.constant("FLOAT32", {20, 9}, steep), b.float_weights({20})}, linear, "RELU");
  b.op("LOGISTIC", {linear}, scores);
  expect_floats_of_reference(b.file(in, scores));
}

TEST(TfliteFloat, HybridAndOddModelsAreRefused) {
  Builder hybrid;
  const int in = hybrid.floats({1, 9}), out = hybrid.floats({1, 4});
  hybrid.linear({in, hybrid.weights({4, 9}, {0.01f})}, out);
  EXPECT_THAT(refusal_of(hybrid, in, out),
              HasSubstr("weights of type INT8 for a float input; expected constant FLOAT32"));
  Builder bounded;
  const int a = bounded.floats({1, 9}), b = bounded.floats({1, 4});
  bounded.linear({a, bounded.float_weights({4, 9})}, b, "RELU_N1_TO_1");
  EXPECT_THAT(refusal_of(bounded, a, b), HasSubstr("fused activation RELU_N1_TO_1 of a float operator"));
  Builder infinite;
  const int c = infinite.floats({1, 2}), d = infinite.floats({1, 1});
  infinite.linear({c, infinite.constant("FLOAT32", {1, 2}, std::vector<float>{1, HUGE_VALF})}, d);
  EXPECT_THAT(refusal_of(infinite, c, d), HasSubstr("the weights are not all finite"));
}

}  // namespace
}  // namespace stapes::test
