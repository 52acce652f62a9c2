// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "compress/pack.h"
#include "graph/graph_toml.h"
#include "graph/weights_file.h"
#include "import/onnx/onnx_network.h"
#include "import/onnx_graphs.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/onnx_reference.h"
#include "support/paths.h"

namespace stapes::onnx_import {
namespace {

using test::OnnxBuilder;
using test::OnnxList;
using testing::HasSubstr;

// A float sum of n products is off by at most n * 2^-24 times the sum of their magnitudes. With up to 96 taps and 6
// layers: 6 * 96 * 2^-24 = 3.4e-5 of the largest value. Three times that is allowed.
constexpr double kTolerance = 1e-4;

// In the network's order: height, width, channels.
std::vector<float> channels_last(const test::OnnxArray& x, const std::vector<int>& dims) {
  std::vector<float> result;
  const auto size = [&](int i) {
    return dims[static_cast<std::size_t>(i)] < 0 ? 1
                                                 : x.size(static_cast<std::size_t>(dims[static_cast<std::size_t>(i)]));
  };
  const auto step = [&](int i) {
    std::int64_t product = 1;
    for (std::size_t d = static_cast<std::size_t>(dims[static_cast<std::size_t>(i)]) + 1; d < x.shape.size(); ++d)
      product *= x.shape[d];
    return dims[static_cast<std::size_t>(i)] < 0 ? 0 : product;
  };
  for (std::int64_t h = 0; h < size(0); ++h)
    for (std::int64_t w = 0; w < size(1); ++w)
      for (std::int64_t c = 0; c < size(2); ++c)
        result.push_back(
            static_cast<float>(x.values[static_cast<std::size_t>(h * step(0) + w * step(1) + c * step(2))]));
  return result;
}

test::OnnxArray random_input(const OnnxGraph& graph) {
  test::OnnxArray x;
  std::int64_t count = 1;
  for (const auto& dim : graph.inputs.front().shape) {
    x.shape.push_back(std::max<std::int64_t>(dim.size, 1));
    count *= x.shape.back();
  }
  Philox random(23, Philox::Purpose::kTest);
  for (std::int64_t i = 0; i < count; ++i) x.values.push_back(double{static_cast<float>(random.normal())});
  return x;
}

struct Case {
  const char* name;
  OnnxBuilder (*graph)();
};

class OnnxGraphs : public testing::TestWithParam<Case> {};

TEST_P(OnnxGraphs, ComputeTheSameAsNetworks) {
  OnnxBuilder builder = GetParam().graph();
  const OnnxGraph graph = builder.graph();
  const OnnxImport imported = import_onnx(graph);
  const TrainedNetwork network = network_of(imported, {}).network;
  const test::OnnxArray x = random_input(graph);
  if (imported.left_out != "") builder.model().mutable_graph()->mutable_node()->RemoveLast();
  if (imported.left_out != "") builder.model().mutable_graph()->mutable_output(0)->set_name("scores");
  const test::OnnxReference reference(builder.model(), x);
  HostClassifier classifier(packed_in_memory(pack_network(network), "the network"));
  const std::vector<float> got = classifier.run(channels_last(x, imported.input_dims));
  const std::vector<double>& want = reference.output().values;
  ASSERT_EQ(got.size(), want.size());
  double largest = 0;
  for (const double value : want) largest = std::max(largest, std::abs(value));
  for (std::size_t c = 0; c < want.size(); ++c) EXPECT_NEAR(got[c], want[c], kTolerance * largest) << c;
}

TEST_P(OnnxGraphs, AreWrittenAndReadAsNetworks) {
  const TrainedNetwork network = network_of(import_onnx(GetParam().graph().graph()), {}).network;
  const TrainedNetwork again = deserialize_network(serialize_network(network), "again");
  EXPECT_EQ(again.spec.input, network.spec.input);
  EXPECT_TRUE(same_graph(again.spec, network.spec));
}

INSTANTIATE_TEST_SUITE_P(All, OnnxGraphs,
                         testing::Values(Case{"Depthwise", test::depthwise_graph},
                                         Case{"Residual", test::residual_graph}, Case{"Wave", test::wave_graph},
                                         Case{"Keras", test::keras_graph}, Case{"Upright", test::upright_graph},
                                         Case{"Linear", test::linear_graph}),
                         [](const auto& info) { return info.param.name; });

TEST(OnnxImport, KeepsBatchNormsAndFusesWhatTheNetworkHas) {
  const OnnxNetwork result = network_of(import_onnx(test::depthwise_graph().graph()), {.name = "kws"});
  const Graph& graph = result.network.spec.graph;
  EXPECT_EQ(graph.name, "kws");
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.name);
  EXPECT_THAT(names, testing::ElementsAre("conv1", "depthwise1", "conv2", "max1", "mean1", "head"));
  EXPECT_TRUE(graph.nodes[0].norm);
  EXPECT_TRUE(graph.nodes[1].norm);
  EXPECT_FALSE(graph.nodes[2].norm);
  EXPECT_EQ(graph.nodes[2].activation, NodeActivation::kRelu6);
  EXPECT_EQ(result.network.batch_norm_epsilon, 1e-5f);
  EXPECT_EQ(result.nodes[3], std::pair(std::string("max1"), std::string("pool")));
}

TEST(OnnxImport, SoundAndImagesAreInputsOfNetworks) {
  const OnnxImport wave = import_onnx(test::wave_graph().graph());
  const TrainedNetwork sound = network_of(wave, {.input = GraphInput::kAudio, .sample_rate_hz = 8000}).network;
  EXPECT_EQ(sound.spec.input, NetworkInput(AudioInput{8000, 120}));
  const OnnxImport picture = import_onnx(test::residual_graph().graph());
  EXPECT_EQ(network_of(picture, {.input = GraphInput::kImage}).network.spec.input, NetworkInput(ImageSize{8, 8, 3}));
  EXPECT_THROW(network_of(picture, {.input = GraphInput::kAudio, .sample_rate_hz = 8000}), Error);
}

// The graph computes [1, rest] from the shape of "a", 1 x 4 x 6 x 6.
TEST(OnnxImport, PartsOfAShapeAreKnown) {
  OnnxBuilder b;
  b.input("x", {1, 2, 6, 6}).output("scores");
  b.random("a_w", {4, 2, 3, 3});
  b.node("Conv", "a", {"x", "a_w"}, {{"pads", test::pads(1, 1)}});
  b.node("Shape", "batch", {"a"}, {{"end", std::int64_t{1}}});
  b.node("Shape", "last", {"a"}, {{"start", std::int64_t{-1}}});
  b.list("four", {4}).list("six", {6}).list("first", {0}).list("backwards", {-1});
  b.node("Mul", "rest", {"last", "four"});
  b.node("Mul", "rest2", {"rest", "six"});
  b.node("Shape", "one", {"four"});  // also works for a constant
  b.node("Mul", "batches", {"batch", "one"});
  b.node("Concat", "turned", {"rest2", "batches"}, {{"axis", std::int64_t{0}}});
  b.list("far", {-9223372036854775807});
  b.node("Slice", "target", {"turned", "backwards", "far", "first", "backwards"});
  b.node("Reshape", "flat", {"a", "target"});
  b.random("head_w", {144, 3});
  b.node("MatMul", "scores", {"flat", "head_w"});
  EXPECT_EQ(network_of(import_onnx(b.graph()), {}).network.spec.class_count, 3);
}

// As Keras exports it: the mean follows a transpose to channels last.
TEST(OnnxImport, AMeanWithChannelsLastIsTheSame) {
  const auto network = [](bool last) {
    OnnxBuilder b;
    b.input("x", {1, 2, 6, 5}).output("scores");
    b.random("a_w", {4, 2, 3, 3}).random("head_w", {4, 3});
    b.node("Conv", "a", {"x", "a_w"});
    b.node("Transpose", "turned", {"a"}, {{"perm", OnnxList{0, 2, 3, 1}}});
    b.node("ReduceMean", "flat", {last ? "turned" : "a"},
           {{"axes", last ? OnnxList{1, 2} : OnnxList{2, 3}}, {"keepdims", std::int64_t{0}}});
    b.node("MatMul", "scores", {"flat", "head_w"});
    return network_of(import_onnx(b.graph()), {}).network;
  };
  const TrainedNetwork first = network(false), last = network(true);
  EXPECT_EQ(graph_text(last.spec.graph), graph_text(first.spec.graph));
  EXPECT_EQ(last.tensors.at("head.weight").values, first.tensors.at("head.weight").values);
}

// ---- unsupported graphs

std::string problem_of(OnnxBuilder& builder) {
  try {
    network_of(import_onnx(builder.graph()), {});
    return "";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
    return error.what();
  }
}

// A graph with one node between a convolution and the scores.
OnnxBuilder around(const std::function<void(OnnxBuilder&)>& add_node) {
  OnnxBuilder b;
  b.input("x", {1, 2, 6, 6}).output("scores");
  b.random("a_w", {4, 2, 3, 3});
  b.node("Conv", "a", {"x", "a_w"}, {{"pads", test::pads(1, 1)}});
  add_node(b);
  b.node("GlobalAveragePool", "mean", {"middle"});
  b.node("Flatten", "scores", {"mean"});
  return b;
}

std::string problem_around(const std::function<void(OnnxBuilder&)>& add_node) {
  OnnxBuilder b = around(add_node);
  return problem_of(b);
}

TEST(OnnxImport, EverythingThatFailsIsNamedAtOnce) {
  OnnxBuilder b = test::residual_graph();
  b.model().mutable_graph()->mutable_node(0)->add_attribute()->set_name("dilations");
  auto* dilations = b.model().mutable_graph()->mutable_node(0)->mutable_attribute(1);
  dilations->add_ints(2);
  dilations->add_ints(2);
  b.model().mutable_graph()->mutable_node(10)->set_op_type("LpPool");
  // Nodes that read a broken node are not reported.
  EXPECT_EQ(problem_of(b), "node a (Conv of 1x3x8x8, 5x3x3x3): dilation 2; expected 1");
  OnnxBuilder two = around([](OnnxBuilder& g) {
    g.node("Elu", "other", {"a"});
    g.node("Sin", "middle", {"a"});
  });
  EXPECT_EQ(problem_of(two),
            "node other (Elu of 1x4x6x6): unsupported operator; node middle (Sin of 1x4x6x6): unsupported operator");
}

TEST(OnnxImport, WhatNoNetworkComputesIsRefused) {
  const auto one = [](const char* op, const std::vector<test::OnnxAttr>& attributes) {
    return problem_around([=](OnnxBuilder& b) { b.node(op, "middle", {"a"}, attributes); });
  };
  EXPECT_THAT(one("LeakyRelu", {}), HasSubstr("node middle (LeakyRelu of 1x4x6x6): unsupported operator"));
  EXPECT_THAT(one("AveragePool", {{"kernel_shape", OnnxList{3, 3}}, {"strides", OnnxList{1, 1}}}),
              HasSubstr("expected adjacent windows"));
  EXPECT_THAT(one("Transpose", {{"perm", OnnxList{0, 2, 1, 3}}}), HasSubstr("height or width as channels"));
  EXPECT_THAT(problem_around([](OnnxBuilder& b) {
                b.node("Concat", "middle", {"a", "a"}, {{"axis", std::int64_t{1}}});
              }),
              HasSubstr("node middle (Concat"));
  EXPECT_THAT(problem_around([](OnnxBuilder& b) {
                b.node("Softmax", "soft", {"a"}, {{"axis", std::int64_t{1}}});
                b.node("Relu", "middle", {"soft"});
              }),
              HasSubstr("supported at the output only"));
  EXPECT_THAT(problem_around([](OnnxBuilder& b) {
                b.constant("two", {}, {2});
                b.node("Clip", "middle", {"a", "", "two"});
              }),
              HasSubstr("limits -inf and 2; expected 0 and 6, or only a lower limit of 0"));
  EXPECT_THAT(problem_around([](OnnxBuilder& b) {
                b.random("wide", {kMaxWidth + 1, 4, 1, 1});
                b.node("Conv", "middle", {"a", "wide"});
              }),
              HasSubstr(fmt::format("{} filters; expected 1 to {}", kMaxWidth + 1, kMaxWidth)));
}

TEST(OnnxImport, UnknownDomainsAndControlFlowAreNamed) {
  EXPECT_THAT(problem_around([](OnnxBuilder& b) { b.node("Relu", "middle", {"a"}).set_domain("com.example"); }),
              HasSubstr("node middle (Relu of 1x4x6x6): unknown domain 'com.example'"));
  EXPECT_THAT(problem_around([](OnnxBuilder& b) {
                auto* branch = b.node("If", "middle", {"a"}).add_attribute();
                branch->set_name("then_branch");
                branch->mutable_g()->set_name("then");
              }),
              HasSubstr("node middle (If of 1x4x6x6): control flow"));
}

TEST(OnnxImport, ShapesMustBeKnown) {
  EXPECT_THAT(problem_around([](OnnxBuilder& b) {
                b.node("NonZero", "where", {"a"});
                b.node("Reshape", "middle", {"a", "where"});
              }),
              HasSubstr("node where (NonZero of 1x4x6x6): unsupported operator"));
  EXPECT_THAT(problem_around([](OnnxBuilder& b) {
                b.node("Reshape", "middle", {"a", "x"});
              }),
              HasSubstr("a shape computed at run time"));
  OnnxBuilder dynamic;
  dynamic.input("x", {1, 1, -1, 10}).output("x");
  dynamic.node("Relu", "r", {"x"});
  EXPECT_THAT(problem_of(dynamic), HasSubstr("input 'x': dimension 2 ('n') is dynamic; only the batch may be dynamic"));
  OnnxBuilder batch;
  batch.input("x", {8, 1, 4, 10}).output("x");
  batch.node("Relu", "r", {"x"});
  EXPECT_THAT(problem_of(batch), HasSubstr("input 'x' has a batch of 8"));
}

TEST(OnnxImport, CyclesAndDoubleNamesAreNamed) {
  EXPECT_THAT(problem_around([](OnnxBuilder& b) {
                b.node("Add", "first", {"a", "middle"});
                b.node("Relu", "middle", {"first"});
              }),
              HasSubstr("node first (Add of 1x4x6x6): reads 'middle', which no earlier node computes"));
  EXPECT_THAT(problem_around([](OnnxBuilder& b) {
                b.node("Relu", "middle", {"a"});
                b.node("Relu", "middle", {"a"});
              }),
              HasSubstr("writes 'middle', which is already defined"));
}

}  // namespace
}  // namespace stapes::onnx_import
