// SPDX-License-Identifier: Apache-2.0
// 8-bit graphs (QDQ) become packed models that follow TensorFlow Lite's rules, with the file's scales.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/philox.h"
#include "import/onnx/onnx_network.h"
#include "import/onnx/onnx_packed.h"
#include "kernels/mean/mean_params.h"
#include "kernels/quantize_multiplier.h"
#include "kernels/requantize.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "runtime/layer_collector.h"
#include "support/onnx_builder.h"

namespace stapes::onnx_quantized {
namespace {

using test::OnnxBuilder;
using test::OnnxList;
using testing::HasSubstr;

constexpr int kHeight = 6, kWidth = 4, kIns = 2, kFilters = 3, kClasses = 4;
constexpr auto kInt8 = onnx::TensorProto::INT8, kInt32 = onnx::TensorProto::INT32;

std::vector<int> random_bytes(std::uint32_t key, int count) {
  Philox random(31, Philox::Purpose::kTest, key);
  std::vector<int> values;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<int>(random.below(255)) - 127);
  return values;
}

struct Filters {
  std::vector<int> weights, bias;
  std::vector<float> scales;
};
Filters conv_filters() { return {random_bytes(1, kFilters * kIns * 9), {100, -300, 20}, {0.01f, 0.02f, 0.005f}}; }
Filters depthwise_filters() { return {random_bytes(2, kFilters * 9), {-50, 0, 70}, {0.01f}}; }
Filters linear_filters() { return {random_bytes(3, kClasses * kFilters), {5, -5, 50, 0}, {0.03f}}; }

struct Grid {
  float scale;
  int zero_point;
};
constexpr Grid kInput{0.02f, 3}, kConv{0.1f, -128}, kDepthwise{0.2f, -7}, kSum{0.15f, -100}, kMean{0.05f, -90},
    kScores{0.2f, 10};

void add_layer(OnnxBuilder& b, const char* op, const std::string& name, const std::string& input, const OnnxList& shape,
               const Filters& filters, float in_scale, const std::vector<test::OnnxAttr>& attributes) {
  b.dequantized(name + "_w", shape, kInt8, filters.weights, filters.scales);
  std::vector<float> bias_scales;
  for (const float scale : filters.scales) bias_scales.push_back(in_scale * scale);
  b.dequantized(name + "_b", {shape.front()}, kInt32, filters.bias, bias_scales);
  b.node(op, name, {input, name + "_w", name + "_b"}, attributes);
}

// Convolution, depthwise convolution, the sum of both, a max-pool, a mean with its own grid, a linear layer, softmax.
OnnxBuilder quantized_graph() {
  OnnxBuilder b;
  b.input("x", {1, kIns, kHeight, kWidth}).output("softmax_dq_q");
  b.quantized("x_dq", "x", kInput.scale, kInput.zero_point);
  add_layer(b, "Conv", "conv", "x_dq", {kFilters, kIns, 3, 3}, conv_filters(), kInput.scale,
            {{"pads", OnnxList{1, 1, 1, 1}}});
  b.node("Relu", "relu", {"conv"});
  b.quantized("conv_dq", "relu", kConv.scale, kConv.zero_point);
  add_layer(b, "Conv", "depth", "conv_dq", {kFilters, 1, 3, 3}, depthwise_filters(), kConv.scale,
            {{"pads", OnnxList{1, 1, 1, 1}}, {"group", std::int64_t{kFilters}}});
  b.quantized("depth_dq", "depth", kDepthwise.scale, kDepthwise.zero_point);
  b.node("Add", "sum", {"conv_dq", "depth_dq"});
  b.quantized("sum_dq", "sum", kSum.scale, kSum.zero_point);
  b.node("MaxPool", "max", {"sum_dq"}, {{"kernel_shape", OnnxList{2, 2}}, {"strides", OnnxList{2, 2}}});
  b.quantized("max_dq", "max", kSum.scale, kSum.zero_point);
  b.node("GlobalAveragePool", "mean", {"max_dq"});
  b.quantized("mean_dq", "mean", kMean.scale, kMean.zero_point);
  b.node("Flatten", "flat", {"mean_dq"});
  add_layer(b, "Gemm", "scores", "flat", {kClasses, kFilters}, linear_filters(), kMean.scale,
            {{"transB", std::int64_t{1}}});
  b.quantized("scores_dq", "scores", kScores.scale, kScores.zero_point);
  b.node("Softmax", "softmax", {"scores_dq"}, {{"axis", std::int64_t{1}}});
  b.quantized("softmax_dq", "softmax", 1.0f / 256, -128);
  return b;
}

// ---- the rules, channels first

using Values = std::vector<int>;

int rescaled(std::int64_t sum, double factor, Grid out, int low = -128) {
  const FixedPointFactor fixed = quantize_multiplier(factor);
  return std::clamp(out.zero_point + rescale(static_cast<std::int32_t>(sum), fixed.multiplier, fixed.shift), low, 127);
}

// 3 x 3 with one row and column of padding. A filter reads `ins` channels; if depthwise, its own.
Values convolved(const Values& x, const Filters& f, int ins, bool depthwise, Grid in, Grid out, int low) {
  Values y;
  for (int o = 0; o < kFilters; ++o)
    for (int h = 0; h < kHeight; ++h)
      for (int w = 0; w < kWidth; ++w) {
        std::int64_t sum = f.bias[static_cast<std::size_t>(o)];
        for (int c = 0; c < ins; ++c)
          for (int i = -1; i <= 1; ++i)
            for (int j = -1; j <= 1; ++j) {
              if (h + i < 0 || h + i >= kHeight || w + j < 0 || w + j >= kWidth) continue;
              const int from = depthwise ? o : c;
              sum += f.weights[static_cast<std::size_t>((o * ins + c) * 9 + (i + 1) * 3 + j + 1)] *
                     (x[static_cast<std::size_t>((from * kHeight + h + i) * kWidth + w + j)] - in.zero_point);
            }
        const float scale = f.scales[f.scales.size() == 1 ? 0 : static_cast<std::size_t>(o)];
        y.push_back(rescaled(sum, double{in.scale} * double{scale} / out.scale, out, low));
      }
  return y;
}

Values added(const Values& a, const Values& b) {
  const double common = 2.0 * double{std::max(kConv.scale, kDepthwise.scale)};
  const auto part = [&](int q, Grid grid) {
    const FixedPointFactor factor = quantize_multiplier(double{grid.scale} / common);
    return rescale((q - grid.zero_point) * (1 << 20), factor.multiplier, factor.shift);
  };
  Values y;
  for (std::size_t i = 0; i < a.size(); ++i) {
    y.push_back(rescaled(part(a[i], kConv) + part(b[i], kDepthwise), common / ((1 << 20) * double{kSum.scale}), kSum));
  }
  return y;
}

Values pooled(const Values& x) {
  Values y;
  for (int c = 0; c < kFilters; ++c)
    for (int h = 0; h < kHeight; h += 2)
      for (int w = 0; w < kWidth; w += 2) {
        const auto at = [&](int i, int j) {
          return x[static_cast<std::size_t>((c * kHeight + h + i) * kWidth + w + j)];
        };
        y.push_back(std::max({at(0, 0), at(0, 1), at(1, 0), at(1, 1)}));
      }
  return y;
}

// The sum, rescaled once to the mean's grid.
Values averaged(const Values& x) {
  Values y;
  const std::size_t area = x.size() / kFilters;
  for (std::size_t c = 0; c < kFilters; ++c) {
    int sum = 0;
    for (std::size_t i = 0; i < area; ++i) sum += x[c * area + i] - kSum.zero_point;
    const FixedPointFactor factor = mean_params(kSum.scale, kMean.scale, static_cast<std::int64_t>(area));
    y.push_back(std::clamp(kMean.zero_point + rescale(sum, factor.multiplier, factor.shift), -128, 127));
  }
  return y;
}

Values multiplied(const Values& x) {
  const Filters f = linear_filters();
  Values y;
  for (std::size_t o = 0; o < kClasses; ++o) {
    std::int64_t sum = f.bias[o];
    for (std::size_t c = 0; c < kFilters; ++c) sum += f.weights[o * kFilters + c] * (x[c] - kMean.zero_point);
    y.push_back(rescaled(sum, double{kMean.scale} * double{f.scales.front()} / kScores.scale, kScores));
  }
  return y;
}

// A layer's output as [channels][positions].
Values channels_first_of(LayerCollector& layers, int layer, std::size_t channels) {
  const auto& bytes = layers.bytes(layer);
  Values y(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    y[i % channels * (bytes.size() / channels) + i / channels] = static_cast<std::int8_t>(bytes[i]);
  }
  return y;
}

fb::ModelT packed_of(const OnnxBuilder& builder) {
  fb::ModelT model = packed_model_of(import_onnx(builder.graph()));
  for (int c = 0; c < kClasses; ++c) model.labels.push_back("c" + std::to_string(c));
  return model;
}

TEST(OnnxQuantized, EveryLayerFollowsTheRulesBitForBit) {
  const auto file = packed_in_memory(packed_of(quantized_graph()), "quantized");
  const Values x = random_bytes(9, kIns * kHeight * kWidth);
  std::vector<std::int8_t> features(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    features[i] = static_cast<std::int8_t>(x[i % kIns * (x.size() / kIns) + i / kIns]);
  }
  LayerCollector layers(file->model());
  HostClassifier(file).run_observed(std::span<const std::int8_t>(features), layers);
  const Values conv = convolved(x, conv_filters(), kIns, false, kInput, kConv, kConv.zero_point);
  const Values depthwise = convolved(conv, depthwise_filters(), 1, true, kConv, kDepthwise, -128);
  const Values sum = added(conv, depthwise), max = pooled(sum), mean = averaged(max), scores = multiplied(mean);
  ASSERT_EQ(file->model().layers()->size(), 7u);
  EXPECT_EQ(channels_first_of(layers, 0, kFilters), conv);
  EXPECT_EQ(channels_first_of(layers, 1, kFilters), depthwise);
  EXPECT_EQ(channels_first_of(layers, 2, kFilters), sum);
  EXPECT_EQ(channels_first_of(layers, 3, kFilters), max);
  EXPECT_EQ(channels_first_of(layers, 4, kFilters), mean);
  EXPECT_EQ(channels_first_of(layers, 5, kClasses), scores);
  EXPECT_STREQ(file->model().layers()->Get(6)->name()->c_str(), "softmax1");
}

TEST(OnnxQuantized, Uint8LiesHalfItsRangeLower) {
  OnnxBuilder b = quantized_graph();
  for (auto& tensor : *b.model().mutable_graph()->mutable_initializer()) {
    if (tensor.name().find("_zero") == std::string::npos) continue;
    tensor.set_data_type(onnx::TensorProto::UINT8);
    tensor.set_int32_data(0, tensor.int32_data(0) + 128);
  }
  EXPECT_EQ(serialize_model(packed_of(b)), serialize_model(packed_of(quantized_graph())));
}

// Exporters scale probabilities by 1/255. Packed softmax does not support that scale.
TEST(OnnxQuantized, ProbabilitiesOnAnotherGridAreLeftOut) {
  OnnxBuilder b = quantized_graph();
  for (auto& node : *b.model().mutable_graph()->mutable_node()) {
    if (node.name() == "softmax_dq_q" || node.name() == "softmax_dq") node.set_input(1, "sum_dq_scale");
  }
  const OnnxImport imported = import_onnx(b.graph());
  EXPECT_EQ(imported.left_out, "softmax");
  EXPECT_EQ(imported.layers.size(), 6u);
}

std::string problem_with(const std::function<void(OnnxBuilder&)>& change) {
  OnnxBuilder b = quantized_graph();
  change(b);
  try {
    packed_of(b);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

onnx::NodeProto& node_called(OnnxBuilder& b, const std::string& name) {
  for (auto& node : *b.model().mutable_graph()->mutable_node()) {
    if (node.name() == name) return node;
  }
  throw Error("no node {}", name);
}

TEST(OnnxQuantized, WhatDoesNotFitIsNamed) {
  EXPECT_THAT(problem_with([](auto& b) { node_called(b, "conv_dq").set_input(1, "sum_dq_scale"); }),
              HasSubstr("node conv_dq (DequantizeLinear of 1x3x6x4, scalar, scalar): the scale or zero point differs"));
  EXPECT_THAT(problem_with([](auto& b) { node_called(b, "depth").set_input(0, "relu"); }),
              HasSubstr("other nodes read its input unquantized"));
  EXPECT_THAT(problem_with([](auto& b) { node_called(b, "max").set_input(0, "sum"); }), HasSubstr("unquantized"));
  EXPECT_THAT(problem_with([](auto& b) {
                b.random("float_w", {kFilters, 1, 3, 3});
                node_called(b, "depth").set_input(1, "float_w");
              }),
              HasSubstr("node depth: the weights are not quantized"));
  EXPECT_THAT(problem_with([](auto& b) { node_called(b, "depth_w").add_input("conv_dq_scale"); }),
              HasSubstr("the zero points are floating-point numbers; expected integers"));
  EXPECT_THAT(problem_with([](auto& b) {
                b.integers("none", {0}, kInt8, {});
                node_called(b, "depth_w").add_input("none");
              }),
              HasSubstr("the input of zero points is empty; expected one or more"));
  EXPECT_THAT(problem_with([](auto& b) {
                b.integers("two", {2}, kInt8, {0, 1});
                node_called(b, "depth_w").add_input("two");
              }),
              HasSubstr("the zero points differ"));
  EXPECT_THROW(network_of(import_onnx(quantized_graph().graph()), {}), Error);
}

// Float networks have no mean over overlapping windows.
TEST(OnnxQuantized, MeansOfWindowsThatOverlapAreInt8Only) {
  const std::vector<test::OnnxAttr> windows = {{"kernel_shape", OnnxList{3, 3}}, {"pads", OnnxList{1, 1, 1, 1}}};
  OnnxBuilder b;
  b.input("x", {1, kIns, kHeight, kWidth}).output("scores");
  b.quantized("x_dq", "x", kInput.scale, kInput.zero_point);
  b.node("AveragePool", "mean", {"x_dq"}, windows);
  b.quantized("mean_dq", "mean", kInput.scale, kInput.zero_point);
  b.node("GlobalAveragePool", "all", {"mean_dq"});
  b.quantized("scores", "all", kInput.scale, kInput.zero_point);
  const OnnxImport imported = import_onnx(b.graph());
  EXPECT_EQ(imported.layers.front().out, (FeatureSize{kHeight, kWidth, kIns}));
  EXPECT_NE(packed_model_of(imported).layers.front()->op.AsAveragePool()->window, nullptr);
  node_called(b, "mean").mutable_attribute()->Add()->set_name("count_include_pad");
  node_called(b, "mean").mutable_attribute()->rbegin()->set_i(1);
  EXPECT_THAT([&] { import_onnx(b.graph()); }, testing::ThrowsMessage<Error>(HasSubstr("count_include_pad is not 0")));

  OnnxBuilder real;
  real.input("x", {1, kIns, kHeight, kWidth}).output("all");
  real.node("AveragePool", "mean", {"x"}, windows);
  real.node("GlobalAveragePool", "all", {"mean"});
  EXPECT_THAT([&] { import_onnx(real.graph()); },
              testing::ThrowsMessage<Error>(HasSubstr("expected adjacent windows")));
}

// The channel is independent of the input. The kernels could not rescale its bias.
TEST(OnnxQuantized, AConstantChannelOfHugeBiasKeepsItsValue) {
  OnnxBuilder b = quantized_graph();
  auto filters = conv_filters();
  filters.bias[1] = 1 << 30;
  filters.scales[1] = 1e-8f;
  add_layer(b, "Conv", "huge", "x_dq", {kFilters, kIns, 3, 3}, filters, kInput.scale, {});
  for (const char* part : {"w", "b"}) {
    node_called(b, "conv").set_input(part[0] == 'w' ? 1 : 2, std::string("huge_") + part);
  }
  auto& nodes = *b.model().mutable_graph()->mutable_node();
  nodes.RemoveLast();  // the convolution "huge"
  std::rotate(nodes.pointer_begin(), nodes.pointer_end() - 2, nodes.pointer_end());
  const auto file = packed_in_memory(packed_of(b), "huge");
  LayerCollector layers(file->model());
  HostClassifier(file).run_observed(std::span<const std::int8_t>(std::vector<std::int8_t>(48, 77)), layers);
  const Values outputs = channels_first_of(layers, 0, kFilters);
  const int want = kConv.zero_point + static_cast<int>(std::lround((1 << 30) * 1e-8 * 0.02 / 0.1));
  for (std::size_t at = 24; at < 48; ++at) EXPECT_EQ(outputs[at], want);
}

}  // namespace
}  // namespace stapes::onnx_quantized
