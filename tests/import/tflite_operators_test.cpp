// SPDX-License-Identifier: Apache-2.0
// Small models of one or a few operators, imported and run by every instruction set of this machine, against the
// reference of tflite_reference.h: integers to the bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "import/tflite_builder.h"
#include "import/tflite_import.h"
#include "import/tflite_reference.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "runtime/host_isa.h"
#include "runtime/layer_collector.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;
using Builder = TfliteBuilder;

std::shared_ptr<const ModelFile> packed(const TfliteFile& file) {
  TfliteImport imported = import_tflite(file);
  for (int c = 0; c < imported.classes; ++c) imported.model.labels.push_back("class_" + std::to_string(c));
  return std::make_shared<const ModelFile>(serialize_model(imported.model), "imported");
}

std::string refusal_of(const Builder& b, int input, int output) {
  try {
    packed(b.file(input, output));
    return "";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
    return error.what();
  }
}

std::vector<std::string> operators_of(const TfliteFile& file) {
  std::vector<std::string> names;
  for (const fb::Layer* layer : *packed(file)->model().layers()) {
    names.emplace_back(fb::EnumNameOperator(layer->op_type()));
  }
  return names;
}

template <class T>
Values values_of(const std::vector<std::byte>& bytes) {
  std::vector<T> raw(bytes.size() / sizeof(T));
  std::memcpy(raw.data(), bytes.data(), bytes.size());
  return {raw.begin(), raw.end()};
}

Values output_of(const std::shared_ptr<const ModelFile>& model, Isa isa, const Values& input) {
  HostClassifier classifier(std::make_shared<const HostModel>(model, isa));
  LayerCollector layers(model->model());
  if (model->model().tensors()->Get(0)->dtype() == fb::DType::kF32) {
    const std::vector<float> features(input.begin(), input.end());
    classifier.run_observed(std::span<const float>(features), layers);
  } else {
    const std::vector<std::int8_t> features(input.begin(), input.end());
    classifier.run_observed(std::span<const std::int8_t>(features), layers);
  }
  const std::vector<std::byte>& bytes = layers.bytes(static_cast<int>(model->model().layers()->size()) - 1);
  switch (last_tensor(model->model()).dtype()) {
    case fb::DType::kF32:
      return values_of<float>(bytes);
    case fb::DType::kI32:
      return values_of<std::int32_t>(bytes);
    default:
      return values_of<std::int8_t>(bytes);
  }
}

Values shifted(Values values, double by) {
  for (double& v : values) v += by;
  return values;
}

// Integers may differ by `most` where the reference computes exponentials in double.
void expect_integers_of_reference(const TfliteFile& file, int most = 0) {
  const auto model = packed(file);
  const TfliteTensor &in = file.tensor(file.inputs().front()), &out = file.tensor(file.outputs().front());
  const double uint8_in = in.type == tflite::TensorType::UINT8 ? 128 : 0;
  const double uint8_out = out.type == tflite::TensorType::UINT8 ? 128 : 0;
  Philox random(5, Philox::Purpose::kTest);
  for (int trial = 0; trial < 4; ++trial) {
    Values input(static_cast<std::size_t>(in.elements()));
    for (double& v : input) v = static_cast<double>(random.below(256)) - 128;
    const Values want = run_reference(file, shifted(input, uint8_in)).at(file.outputs().front());
    for (const Isa isa : host_isas()) {
      const Values got = shifted(output_of(model, isa, input), uint8_out);
      ASSERT_EQ(got.size(), want.size());
      for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], most) << to_string(isa) << " " << i;
    }
  }
}

// A sum of n products differs from the exact one by at most n * 2^-24 times the sum of their sizes, which for the
// values here is a few times the largest output: with n <= 100 and 4 layers, less than 1e-4 of the largest output.
void expect_floats_of_reference(const TfliteFile& file) {
  const auto model = packed(file);
  EXPECT_STREQ(model->model().route()->c_str(), "fp32");
  Philox random(6, Philox::Purpose::kTest);
  Values input(static_cast<std::size_t>(file.tensor(file.inputs().front()).elements()));
  for (double& v : input) v = static_cast<double>(static_cast<float>(random.uniform(-1, 1)));
  const Values want = run_reference(file, input).at(file.outputs().front());
  double largest = 0;
  for (const double v : want) largest = std::max(largest, std::abs(v));
  for (const Isa isa : host_isas()) {
    const Values got = output_of(model, isa, input);
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-4 * largest) << to_string(isa) << i;
  }
}

// 6 x 5 x 2 -> convolution to 4 channels.
struct ConvModel : Builder {
  int in = int8({1, 6, 5, 2}, 0.02f, 3);
  int w = weights({4, 3, 3, 2}, {0.01f, 0.02f, 0.015f, 0.012f}), b = bias(4);
};

// ---- the ends ----

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
  EXPECT_EQ(packed(file)->model().tensors()->Get(0)->zero_point(), 3);
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
  EXPECT_THAT(refusal_of(mixed, real, q), HasSubstr("quantizes something other than the model's input"));
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

// ---- layers ----

TEST(TfliteOperators, AnyFullyConnectedLayerIsComputed) {
  for (const int filters : {1, 3, 17}) {
    ConvModel m;
    const int conv = m.int8({1, 3, 3, 4}, 0.3f, 20), out = m.int8({1, filters}, 0.9f, -7);
    m.conv({m.in, m.w, m.b}, conv, "SAME", 2, "RELU6");
    m.linear({conv, m.weights({filters, 36}, {0.01f}), m.bias(filters)}, out);
    expect_integers_of_reference(m.file(m.in, out));
  }
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
  EXPECT_FLOAT_EQ(last_tensor(packed(file)->model()).scale(), 0.3f * 0.01f);

  ConvModel other;
  const int scaled = other.tensor("INT32", {1, 3}, {{0.5f}, {0}});
  other.linear({other.in, other.weights({3, 60}, {0.01f}), other.bias(3)}, scaled);
  EXPECT_THAT(refusal_of(other, other.in, scaled), HasSubstr("int32 output of another scale than the sums"));
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
  b.op("MEAN", {in, b.ints({k.axes.begin(), k.axes.end()})}, out, "ReducerOptions", "\"keep_dims\": true");
  expect_integers_of_reference(b.file(in, out));
}
INSTANTIATE_TEST_SUITE_P(Shapes, TfliteMean,
                         testing::Values(MeanCase{{1, 7, 5, 9}, {1, 2}, {1, 1, 1, 9}, 0.02f, 0.013f, 5},
                                         MeanCase{{1, 7, 5, 9}, {2, 1}, {1, 9}, 0.02f, 0.02f, -17},
                                         MeanCase{{1, 8, 8, 3}, {-2, -3}, {1, 3}, 0.02f, 0.02f, -17},
                                         MeanCase{{1, 4, 2, 33}, {1, 2}, {1, 33}, 0.5f, 0.01f, 0},
                                         MeanCase{{1, 6, 5, 4}, {1}, {1, 1, 5, 4}, 0.02f, 0.01f, -128},
                                         MeanCase{{1, 6, 5, 4}, {2}, {1, 6, 1, 4}, 0.02f, 0.03f, 127},
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
    // At 8 and above TensorFlow Lite Micro saturates every value but 0; the definition does not differ by more than
    // this.
    expect_integers_of_reference(b.file(in, out), 1);
  }
}

TEST(TfliteOperators, OutputsThatTheOptionsContradictAreRefused) {
  ConvModel m;
  const int out = m.int8({1, 6, 4, 4}, 0.3f, 20);
  m.conv({m.in, m.w, m.b}, out);
  EXPECT_THAT(
      refusal_of(m, m.in, out),
      HasSubstr("operator 0 (CONV_2D of 1x6x5x2, 4x3x3x2, 4): gives 1x6x4x4; its shapes and options lead to 6x5x4"));
}

TEST(TfliteOperators, AnOptionThatIsMissingIsNamed) {
  ConvModel m;
  const int out = m.int8({1, 6, 5, 4}, 0.3f, 20);
  m.op("CONV_2D", {m.in, m.w, m.b}, out);
  EXPECT_THAT(refusal_of(m, m.in, out), HasSubstr("CONV_2D has no options of its own"));
}

// ---- padding ----

// 6 x 5 x 2 with rows and columns of padding.
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
  m.depthwise({m.padded, m.weights({1, 3, 3, 4}, {0.01f}, 3), m.bias(4)}, b, "VALID", 2, "RELU");
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
              HasSubstr("padding of 3 and 1 in front of a window of 3; it must be smaller than the window"));
  PaddedModel channels({0, 0, 0, 0, 0, 0, 0, 1}, {1, 6, 5, 3});
  EXPECT_THAT(refusal_of(channels, channels.in, channels.padded), HasSubstr("expected height and width only"));
  PaddedModel contradicted({0, 0, 1, 1, 1, 1, 0, 0}, {1, 8, 6, 2});
  EXPECT_THAT(refusal_of(contradicted, contradicted.in, contradicted.padded),
              HasSubstr("operator 0 (PAD of 1x6x5x2, 4x2): padding of 1 and 1 from 1x6x5x2 to 1x8x6x2"));
}

// ---- the order of values ----

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
              HasSubstr("operator 0 (TRANSPOSE of 1x6x5x2, 4): a permutation of 0, 2, 1, 3; expected two groups"));
  Builder joined;
  const int a = joined.int8({1, 6, 5, 2}, 0.02f, 3), both = joined.int8({1, 6, 5, 4}, 0.02f, 3);
  joined.op("CONCATENATION", {a, a}, both, "ConcatenationOptions", "\"axis\": 3");
  EXPECT_THAT(refusal_of(joined, a, both), HasSubstr("2 operands; only a CONCATENATION of one is supported"));
  Builder cut;
  const int whole = cut.int8({1, 6, 5, 2}, 0.02f, 3), part = cut.int8({1, 5, 5, 2}, 0.02f, 3);
  cut.op("STRIDED_SLICE", {whole, cut.ints({0, 1, 0, 0}), cut.ints({1, 6, 5, 2}), cut.ints({1, 1, 1, 1})}, part,
         "StridedSliceOptions");
  EXPECT_THAT(refusal_of(cut, whole, part), HasSubstr("a start of 0, 1, 0, 0; expected 0: only a slice of everything"));
}

// Every failure of the file at once, with its number and shapes.
TEST(TfliteViews, AllThatIsRefusedIsSaidAtOnce) {
  Builder b;
  const int in = b.int8({1, 6, 5, 2}, 0.02f, 3), a = b.int8({1, 5, 6, 2}, 0.02f, 3), c = b.int8({1, 6, 5, 4}, 0.02f, 3);
  const int out = b.int8({1, 6, 5, 2}, 0.02f, 3);
  b.op("TRANSPOSE", {in, b.ints({0, 2, 1, 3})}, a, "TransposeOptions");
  b.op("CONCATENATION", {in, in}, c, "ConcatenationOptions", "\"axis\": 3");
  b.op("TANH", {in}, out);
  EXPECT_THAT(refusal_of(b, in, out),
              testing::AllOf(HasSubstr("operator 0 (TRANSPOSE of"), HasSubstr("operator 1 (CONCATENATION of"),
                             HasSubstr("operator 2 (TANH of 1x6x5x2): has no packed form")));
}

// ---- float ----

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
  EXPECT_THAT(refusal_of(infinite, c, d), HasSubstr("weights that are not all finite"));
}

}  // namespace
}  // namespace stapes::test
