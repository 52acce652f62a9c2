// SPDX-License-Identifier: Apache-2.0
#include "graph/graph_toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/binary_form.h"
#include "graph/geometry.h"
#include "graph/networks.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// The error of parse_graph(), else of network_geometry() for 32 x 32 pixels or a second of sound. "": no error.
std::string problem_of(const std::string& text) {
  try {
    NetworkSpec spec{.class_count = 10};
    spec.graph = parse_graph(text, "net.toml", 10);
    spec.input = spec.graph.input == GraphInput::kImage ? NetworkInput(ImageSize{32, 32, 3})
                                                        : NetworkInput(AudioInput{16000, 16000});
    network_geometry(spec);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

constexpr const char* kHead =
    "  { name = \"pool\", op = \"global-pool\" },\n  { name = \"head\", op = \"linear\" },\n]\n";

std::string image_network(const std::string& nodes, const std::string& before = "") {
  return "name = \"net\"\ninput = \"image\"\n" + before + "[[block]]\nnodes = [\n" + nodes + kHead;
}

constexpr const char* kStem = "  { name = \"stem\", op = \"conv\", kernel = 3, pad = 1, filters = 8 },\n";

TEST(GraphToml, EveryNetworkOfTheProgramIsReadAndWritten) {
  for (const std::string& name : network_names()) {
    Graph graph = named_graph(name, 10);
    const Graph again = parse_graph(graph_text(graph), name, 10);
    EXPECT_EQ(again.nodes, graph.nodes) << name;
    EXPECT_EQ(again.widths, graph.widths) << name;
    EXPECT_EQ(again.width_names, graph.width_names) << name;
    EXPECT_EQ(graph_text(again), graph_text(graph)) << name;
  }
}

TEST(GraphToml, BlocksRepeatWithParameters) {
  const Graph graph = parse_graph(R"(name = "net"
input = "image"
[[block]]
with = { n = [4, 5], side = [3, 1] }
nodes = [ { name = "conv{n}", op = "conv", kernel = "{side}", filters = 8 } ]
[[block]]
times = 2
nodes = [ { name = "twin{i}", op = "conv", kernel = 1, filters = 4 } ]
[[block]]
nodes = [ { name = "pool", op = "global-pool" }, { name = "head", op = "linear" } ]
)",
                                  "net.toml", 10);
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.name);
  EXPECT_THAT(names, testing::ElementsAre("conv4", "conv5", "twin1", "twin2", "pool", "head"));
  EXPECT_EQ(graph.nodes[0].kernel_h, 3);
  EXPECT_EQ(graph.nodes[1].kernel_h, 1);
  EXPECT_EQ(graph.widths, (std::vector<int>{8, 8, 4, 4}));
}

// [widths] must not define "classes".
TEST(GraphToml, ANodeMayBeCalledClasses) {
  const Graph graph =
      parse_graph(image_network("  { name = \"classes\", op = \"conv\", kernel = 1, filters = 4 },\n"), "net.toml", 10);
  EXPECT_EQ(parse_graph(graph_text(graph), "net.toml", 10).nodes, graph.nodes);
}

TEST(GraphToml, AdditionsAndDepthwiseConvolutionsTieWidths) {
  const Graph graph =
      parse_graph(image_network(std::string(kStem) +
                                "  { name = \"dw\", op = \"conv\", kernel = 3, pad = 1, groups = \"depthwise\" },\n"
                                "  { name = \"pw\", op = \"conv\", kernel = 1, filters = 8, activation = \"none\" },\n"
                                "  { name = \"sum\", op = \"add\", inputs = [\"pw\", \"stem\"] },\n"),
                  "net.toml", 10);
  EXPECT_EQ(graph.widths, std::vector<int>{8}) << "one width for all that ends in the addition";
  NetworkSpec spec{.input = ImageSize{32, 32, 3}, .class_count = 10, .graph = graph};
  const NetworkGeometry geometry = network_geometry(spec);
  EXPECT_TRUE(geometry.convs[1].depthwise);
  EXPECT_EQ(geometry.convs[1].groups, 8);
  EXPECT_EQ(geometry.convs[1].taps(), 9);
}

TEST(GraphToml, WidthsAreParametersOfTheFile) {
  const std::string text = image_network(kStem, "width_multiplier = 0.5\n");
  EXPECT_EQ(parse_graph(text, "net.toml", 10).widths, std::vector<int>{4});
  const std::string per_class =
      image_network(std::string(kStem) + "  { name = \"last\", op = \"conv\", kernel = 1, filters = \"classes\" },\n",
                    "width_multiplier = 0.5\n");
  EXPECT_EQ(parse_graph(per_class, "net.toml", 7).widths, (std::vector<int>{4, 7}));
  EXPECT_EQ(parse_graph("name = \"mine\"\nlike = \"resnet18\"\nwidths = [4, 8, 8, 16]\n", "net.toml", 10).widths,
            (std::vector<int>{4, 4, 4, 8, 8, 8, 8, 8, 8, 16, 16, 16}));
}

struct BadGraph {
  const char* what;
  std::string text;
  const char* says;
};

class BadGraphs : public testing::TestWithParam<BadGraph> {};

TEST(GraphToml, ScaledWidthsStayDivisibleByGroups) {
  const Graph graph =
      parse_graph(image_network("  { name = \"a\", op = \"conv\", kernel = 3, filters = 24 },\n"
                                "  { name = \"b\", op = \"conv\", kernel = 1, filters = 20, groups = 4 },\n"
                                "  { name = \"c\", op = \"conv\", kernel = 1, filters = 9 },\n",
                                "width_multiplier = 0.3\n"),
                  "net.toml", 10);
  EXPECT_EQ(graph.widths, (std::vector<int>{4, 4, 2}));
}

TEST_P(BadGraphs, AreRefusedInOneLine) {
  EXPECT_THAT(problem_of(GetParam().text), AllOf(HasSubstr(GetParam().says), Not(HasSubstr("\n"))));
}

std::string after_stem(const std::string& nodes) { return image_network(kStem + nodes); }

INSTANTIATE_TEST_SUITE_P(
    Kinds, BadGraphs,
    testing::Values(
        BadGraph{"no_toml", "name = \n", "net.toml:1: invalid TOML"},
        BadGraph{"no_nodes", "name = \"net\"\ninput = \"image\"\n", "no nodes"},
        BadGraph{"cycle",
                 image_network("  { name = \"a\", op = \"conv\", input = \"b\", kernel = 1, filters = 2 },\n"
                               "  { name = \"b\", op = \"conv\", input = \"a\", kernel = 1, filters = 2 },\n"),
                 "net.toml:5: node a, input: no earlier node is called 'b'; did you mean"},
        BadGraph{"dangling_edge",
                 after_stem("  { name = \"b\", op = \"conv\", input = \"stam\", kernel = 1, filters = 2 },\n"),
                 "called 'stam'; did you mean stem"},
        BadGraph{"one_name_twice", after_stem(kStem), "stem is taken"},
        BadGraph{"name_of_a_batch_norm",
                 after_stem("  { name = \"stembn\", op = \"conv\", kernel = 1, filters = 2 },\n"), "stembn is taken"},
        BadGraph{"bad_name", after_stem("  { name = \"a.b\", op = \"conv\", kernel = 1, filters = 2 },\n"),
                 "invalid name 'a.b'"},
        BadGraph{"addition_of_other_channels",
                 after_stem("  { name = \"b\", op = \"conv\", kernel = 1, filters = 2 },\n"
                            "  { name = \"sum\", op = \"add\", inputs = [\"b\", \"stem\"] },\n"),
                 "net.toml:7: node sum adds b of width 2 and stem of width 8; expected equal widths"},
        BadGraph{"addition_of_other_sizes",
                 after_stem("  { name = \"b\", op = \"conv\", kernel = 1, stride = 2, filters = 8 },\n"
                            "  { name = \"sum\", op = \"add\", inputs = [\"b\", \"stem\"] },\n"),
                 "node sum adds 16 x 16 x 8 and 32 x 32 x 8"},
        BadGraph{"addition_of_one", after_stem("  { name = \"sum\", op = \"add\", inputs = [\"stem\"] },\n"),
                 "wrong number of inputs: expected 2, found 1"},
        BadGraph{"groups_that_do_not_divide",
                 after_stem("  { name = \"b\", op = \"conv\", kernel = 1, groups = 3, filters = 8 },\n"),
                 "node b: the group count 3 must divide the input channel count 8 and the filter count 8"},
        BadGraph{"pool_larger_than_its_input",
                 image_network("  { name = \"a\", op = \"conv\", kernel = 3, filters = 2, pool = 31 },\n"),
                 "node a: 30 x 30 is too small for a pool of 31 x 31"},
        BadGraph{"negative_number", after_stem("  { name = \"b\", op = \"conv\", kernel = -1, filters = 2 },\n"),
                 "from 1 to 4096"},
        BadGraph{"huge_number",
                 after_stem("  { name = \"b\", op = \"conv\", kernel = 1, filters = 9223372036854775807 },\n"),
                 "from 1 to 4096"},
        BadGraph{"number_beyond_64_bits",
                 after_stem("  { name = \"b\", op = \"conv\", kernel = 1, filters = 99999999999999999999 },\n"),
                 "net.toml:6: "},
        BadGraph{"a_kernel_in_words", after_stem("  { name = \"b\", op = \"conv\", kernel = \"3\", filters = 2 },\n"),
                 "from 1 to 4096"},
        BadGraph{"unknown_key", after_stem("  { name = \"b\", op = \"conv\", kernel = 1, filter = 2 },\n"),
                 "unknown key; did you mean filters"},
        BadGraph{"unknown_op", after_stem("  { name = \"b\", op = \"konv\" },\n"),
                 "unknown op 'konv'; did you mean conv"},
        BadGraph{"unknown_width", after_stem("  { name = \"b\", op = \"conv\", kernel = 1, filters = \"wide\" },\n"),
                 "unknown width 'wide'"},
        BadGraph{"unused_width", image_network(kStem, "[widths]\nwide = 3\n"),
                 "unused width: no node has filters = \"wide\""},
        BadGraph{"unknown_placeholder", after_stem("  { name = \"b{n}\", op = \"conv\", kernel = 1, filters = 2 },\n"),
                 "the block has no parameter {n}"},
        BadGraph{"unclosed_placeholder", after_stem("  { name = \"b{n\", op = \"conv\", kernel = 1, filters = 2 },\n"),
                 "net.toml:6: node b{n, name: a '{' without a '}'; write {NAME} to insert the parameter NAME"},
        BadGraph{"no_output", "name = \"net\"\ninput = \"image\"\n[[block]]\nnodes = [\n" + std::string(kStem) + "]\n",
                 "no output"},
        BadGraph{"two_outputs",
                 after_stem("  { name = \"b\", op = \"conv\", kernel = 1, filters = 2 },\n"
                            "  { name = \"c\", op = \"conv\", input = \"stem\", kernel = 1, filters = 2 },\n"),
                 "net.toml:6: node b: nothing reads it"},
        BadGraph{"linear_without_a_pool",
                 "name = \"net\"\ninput = \"image\"\n[[block]]\nnodes = [\n" + std::string(kStem) +
                     "{ name = \"head\", op = \"linear\" } ]\n",
                 "put a global-pool before it"},
        BadGraph{"head_with_an_activation",
                 "name = \"net\"\ninput = \"image\"\n[[block]]\nnodes = [\n" + std::string(kStem) +
                     "  { name = \"head\", op = \"linear\", activation = \"relu6\" },\n]\n",
                 "the head outputs the scores"},
        BadGraph{"binary_on_the_input",
                 image_network("  { name = \"a\", op = \"conv\", kernel = 1, filters = 2, precision = \"binary\" },\n"),
                 "node a, precision: this node cannot be binary: it reads the network's input"},
        BadGraph{"binary_without_a_batch_norm",
                 after_stem("  { name = \"b\", op = \"conv\", kernel = 1, filters = 2, norm = false, "
                            "precision = \"binary\" },\n"),
                 "this node cannot be binary: it has no batch norm"},
        BadGraph{"too_much_padding_at_the_end",
                 after_stem("  { name = \"b\", op = \"conv\", kernel = 3, pad = [0, 3, 1, 1], filters = 2 },\n"),
                 "must be smaller than the kernel"},
        BadGraph{"negative_padding",
                 after_stem("  { name = \"b\", op = \"conv\", kernel = 3, pad = [0, -1, 1, 1], filters = 2 },\n"),
                 "expected integers from 0 to the kernel size"},
        BadGraph{"activation",
                 after_stem("  { name = \"b\", op = \"conv\", kernel = 1, filters = 2, activation = \"gelu\" },\n"),
                 "unknown activation 'gelu'; choose relu, relu6, rprelu or none"},
        BadGraph{
            "rprelu_of_a_sum",
            after_stem("  { name = \"s\", op = \"add\", inputs = [\"stem\", \"stem\"], activation = \"rprelu\" },\n"),
            "unknown activation 'rprelu'; choose relu, relu6 or none"},
        BadGraph{"precision",
                 after_stem("  { name = \"b\", op = \"conv\", kernel = 1, filters = 2, precision = \"fp16\" },\n"),
                 "choose fp32, int8 or binary"},
        BadGraph{"linear_without_filters", after_stem("  { name = \"dense\", op = \"linear\" },\n"),
                 "`filters` is missing"},
        BadGraph{"max_pool_of_padding_alone", after_stem("  { name = \"m\", op = \"max-pool\", pool = 2, pad = 2 },\n"),
                 "expected less than the size of the pool"},
        BadGraph{"padded_max_pool_of_a_rule",
                 after_stem("  { name = \"m\", op = \"max-pool\", pool = \"halve\", pad = 1 },\n"),
                 "only a pool with a numeric size can be padded"},
        BadGraph{"max_pool_larger_than_its_input",
                 after_stem("  { name = \"m\", op = \"max-pool\", pool = 99, stride = 1 },\n"),
                 "is too small for a pool"},
        BadGraph{"stride_of_an_average_pool",
                 after_stem("  { name = \"m\", op = \"average-pool\", pool = 2, stride = 1 },\n"), "stride"},
        BadGraph{"transpose_of_a_picture", after_stem("  { name = \"t\", op = \"transpose\" },\n"),
                 "only 1 x W x C can become C x W x 1"},
        BadGraph{"a_time_for_images", after_stem("  { name = \"m\", op = \"max-pool\", pool = \"10 ms\" },\n"),
                 "needs audio input"},
        BadGraph{
            "too_many_nodes",
            "name = \"net\"\ninput = \"image\"\n[[block]]\ntimes = 1000\nnodes = [ { name = \"a{i}\", op = \"conv\", "
            "kernel = 1, filters = 1 }, { name = \"b{i}\", op = \"conv\", kernel = 1, filters = 1 } ]\n",
            "more than 1000 nodes"},
        BadGraph{"more_repetitions_than_values",
                 "name = \"net\"\ninput = \"image\"\n[[block]]\ntimes = 3\nwith = { n = [1, 2] }\nnodes = [ { name = "
                 "\"a{n}\", op = \"conv\", kernel = 1, filters = 1 } ]\n",
                 "the length of n is 2, but the number of repetitions is 3"},
        BadGraph{"like_a_file", "name = \"net\"\nlike = \"net.toml\"\n", "expected a built-in network"},
        BadGraph{
            "unused_parameter",
            "name = \"net\"\ninput = \"image\"\n[[block]]\nwith = { n = [1, 2] }\nnodes = [ { name = \"a{i}\", op = "
            "\"conv\", kernel = 1, filters = 1 } ]\n",
            "no node uses {n}"},
        BadGraph{"parameters_without_end",
                 "name = \"net\"\ninput = \"image\"\n[[block]]\nwith = { n = \"" + std::string(150, 'x') +
                     "\" }\nnodes = [ { name = \"{n}{n}\", op = \"conv\", kernel = 1, filters = 1 } ]\n",
                 "more than 200 characters"},
        BadGraph{"control_characters", "name = \"a\\u0001b\"\nlike = \"acdnet\"\n", "control characters"},
        BadGraph{"line_breaks_in_a_name",
                 image_network("  { name = \"a\\nb\", op = \"conv\", kernel = 1, filters = 1 },\n"), "invalid name"},
        BadGraph{"no_convolution", image_network(""), "no convolution"},
        BadGraph{"a_time_with_more_behind",
                 image_network("  { name = \"a\", op = \"conv\", kernel = 1, filters = 1, pool = \"10 msec\" },\n"),
                 "a time such as"},
        BadGraph{"more_weights_than_fit",
                 image_network("  { name = \"a\", op = \"conv\", kernel = 1, filters = 4096 },\n"
                               "  { name = \"b\", op = \"conv\", kernel = 4096, pad = 2048, filters = 8 },\n"),
                 "at most 134217728 weights"},
        BadGraph{
            "sums_of_the_input",
            image_network("  { name = \"s\", op = \"add\", inputs = [\"input\", \"input\"] },\n" + std::string(kStem)),
            "net.toml:5: node s adds input and input; an addition cannot take the network's input"},
        BadGraph{"like_itself", "name = \"net\"\nlike = \"nowhere\"\n", "expected a built-in network"},
        BadGraph{"like_with_nodes", "name = \"net\"\nlike = \"acdnet\"\ninput = \"audio\"\n",
                 "cannot be combined with `like`"},
        BadGraph{"too_many_values",
                 image_network("  { name = \"a\", op = \"conv\", kernel = 4096, pad = 4096, filters = 4096 },\n"),
                 "at most 134217728 weights"}),
    [](const auto& info) { return info.param.what; });

NetworkGeometry geometry_of(const std::string& nodes) {
  NetworkSpec spec{.input = ImageSize{32, 32, 3}, .class_count = 10};
  spec.graph = parse_graph(image_network(nodes), "net.toml", 10);
  EXPECT_EQ(parse_graph(graph_text(spec.graph), "again", 10).nodes, spec.graph.nodes);
  return network_geometry(spec);
}

TEST(Graphs, SamePaddingKeepsTheSizeOfEvenKernelsToo) {
  const NetworkGeometry geometry = geometry_of(
      "  { name = \"a\", op = \"conv\", kernel = [4, 5], pad = \"same\", filters = 8 },\n"
      "  { name = \"b\", op = \"conv\", kernel = 3, stride = 2, pad = [0, 1, 0, 1], filters = 8 },\n");
  const ConvGeometry &a = geometry.convs[0], &b = geometry.convs[1];
  EXPECT_EQ(a.out_h, 32);
  EXPECT_EQ(a.out_w, 32);
  EXPECT_EQ(a.pad_h, 1);
  EXPECT_EQ(a.end_pad_h(), 2);
  EXPECT_EQ(a.pad_w, 2);
  EXPECT_EQ(a.end_pad_w(), 2);
  EXPECT_EQ(b.out_h, 16);
  EXPECT_EQ(b.out_w, 16);
}

TEST(Graphs, AStrideThatIsTheSizeOfAPoolChangesNothing) {
  const NetworkGeometry spelled =
      geometry_of(std::string(kStem) + "  { name = \"m\", op = \"max-pool\", pool = 2, stride = 2 },\n");
  EXPECT_EQ(spelled.steps.size(), 1u);
  EXPECT_EQ(spelled.convs[0].pool_h, 2);
}

TEST(Graphs, AMaxPoolIsPartOfTheConvolutionBeforeItWhereItCanBe) {
  const NetworkGeometry fused = geometry_of(std::string(kStem) + "  { name = \"m\", op = \"max-pool\", pool = 2 },\n");
  EXPECT_EQ(fused.steps.size(), 1u);
  EXPECT_EQ(fused.convs[0].pool_h, 2);
  const NetworkGeometry apart = geometry_of(
      std::string(kStem) +
      "  { name = \"m\", op = \"max-pool\", pool = 3, stride = 2, pad = 1 },\n  { name = \"n\", op = \"max-pool\", "
      "pool = [\"halve\", \"rest\"] },\n");
  ASSERT_EQ(apart.steps.size(), 3u);
  EXPECT_EQ(apart.convs[0].pool_h, 1);
  EXPECT_EQ(apart.steps[1].kind, GraphStep::Kind::kMaxPool);
  EXPECT_EQ(apart.steps[1].stride_h, 2);
  EXPECT_EQ(apart.steps[2].pool_w, 16);
  EXPECT_EQ(apart.average_h, 8);
  EXPECT_EQ(apart.average_w, 1);
}

NetworkSpec binary_spec_of(const std::string& nodes) {
  NetworkSpec spec{.input = ImageSize{32, 32, 3}, .class_count = 10, .binary = true};
  spec.graph = parse_graph(image_network(std::string(kStem) + nodes), "net.toml", 10);
  return spec;
}

std::string refusal_of(const NetworkSpec& spec) {
  try {
    network_geometry(spec);
    check_form(spec);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Graphs, ASignMayBeTakenBeforeASeparateMaxPool) {
  const NetworkGeometry geometry =
      network_geometry(binary_spec_of("  { name = \"m\", op = \"max-pool\", pool = 3, stride = 2 },\n"
                                      "  { name = \"b\", op = \"conv\", kernel = 3, filters = 8 },\n"));
  EXPECT_EQ(geometry.convs[0].sign_reader, 1);
}

TEST(Graphs, RpreluOfANodeIsForThatNode) {
  NetworkSpec spec = binary_spec_of(
      "  { name = \"a\", op = \"conv\", kernel = 3, filters = 8, activation = \"rprelu\" },\n"
      "  { name = \"b\", op = \"conv\", kernel = 3, filters = 8 },\n"
      "  { name = \"c\", op = \"conv\", kernel = 3, filters = 8, activation = \"rprelu\" },\n");
  const NetworkGeometry geometry = network_geometry(spec);
  EXPECT_FALSE(geometry.convs[1].rprelu.empty());
  EXPECT_TRUE(geometry.convs[2].rprelu.empty());
  EXPECT_TRUE(geometry.convs[3].rprelu.empty()) << "no sign follows the last";
  spec.binary = false;
  for (const ConvGeometry& conv : network_geometry(spec).convs) EXPECT_TRUE(conv.rprelu.empty() && conv.relu);
}

TEST(Graphs, WhatHasNoBinaryFormIsRefused) {
  const std::string read = "  { name = \"b\", op = \"conv\", kernel = 3, filters = 8 },\n";
  EXPECT_EQ(refusal_of(binary_spec_of("  { name = \"a\", op = \"conv\", kernel = 3, filters = 8, activation = "
                                      "\"relu6\" },\n" +
                                      read)),
            "");
  EXPECT_THAT(refusal_of(binary_spec_of(
                  read + "  { name = \"c\", op = \"conv\", kernel = 3, filters = 8, activation = \"relu6\" },\n")),
              HasSubstr("node c: relu6 has a binary form only if a single binary convolution reads this node"));
  EXPECT_THAT(refusal_of(binary_spec_of(
                  "  { name = \"s\", op = \"add\", inputs = [\"stem\", \"stem\"], activation = \"relu6\" },\n" + read)),
              HasSubstr("cannot have relu6"));
  EXPECT_THAT(refusal_of(binary_spec_of(
                  "  { name = \"c\", op = \"conv\", kernel = 3, filters = 8, precision = \"fp32\" },\n" + read)),
              HasSubstr("cannot have fp32 layers"));
  EXPECT_THAT(refusal_of(binary_spec_of("  { name = \"g\", op = \"global-pool\" },\n"
                                        "  { name = \"d\", op = \"linear\", filters = 8 },\n")),
              HasSubstr("global-pool with other layers after it"));
}

TEST(Graphs, AHiddenLinearNodeIsAOneByOneConvolution) {
  NetworkSpec spec{.input = ImageSize{32, 32, 3}, .class_count = 10};
  spec.graph = parse_graph("name = \"net\"\ninput = \"image\"\n[[block]]\nnodes = [\n" + std::string(kStem) + R"(
  { name = "g", op = "global-pool" },
  { name = "dense", op = "linear", filters = 12, norm = true, activation = "relu6" },
  { name = "head", op = "linear" },
]
)",
                           "net.toml", 10);
  EXPECT_EQ(parse_graph(graph_text(spec.graph), "again", 10).nodes, spec.graph.nodes);
  const NetworkGeometry geometry = network_geometry(spec);
  ASSERT_EQ(geometry.convs.size(), 2u);
  EXPECT_EQ(geometry.steps[1].kind, GraphStep::Kind::kAveragePool);
  EXPECT_EQ(geometry.steps[1].out_h * geometry.steps[1].out_w, 1);
  EXPECT_EQ(geometry.convs[1].taps(), geometry.convs[0].out_channels);
  EXPECT_TRUE(geometry.convs[1].relu6);
  EXPECT_EQ(geometry.convs[1].norm, "densebn");
  EXPECT_EQ(geometry.head_inputs, 12);
  EXPECT_TRUE(geometry.average_name.empty());
  EXPECT_THROW(geometry_of(std::string(kStem) + "  { name = \"dense\", op = \"linear\", filters = 12 },\n"), Error);
}

TEST(Graphs, ATimeIsAsManyColumnsAsTheStridesLeave) {
  NetworkSpec spec = named_network("ds-cnn", 12, AudioInput{16000, 16000});
  EXPECT_EQ(network_geometry(spec).convs[1].pool_w, 40) << "10 ms of 16 kHz after strides of 2 and 2";
  spec.input = AudioInput{300, 16000};
  EXPECT_THROW(network_geometry(spec), Error);
}

TEST(Graphs, APoolWiderThanSoundNamesTheOptionForTheWindow) {
  NetworkSpec spec{.input = AudioInput{16000, 100}, .class_count = 10};
  for (const char* pool : {R"(op = "max-pool", pool = [1, 200], stride = 1)", R"(op = "max-pool", pool = [1, 200])",
                           R"(op = "average-pool", pool = [1, 200])"}) {
    spec.graph = parse_graph(std::string(R"(name = "net"
input = "audio"
[[block]]
nodes = [
  { name = "a", op = "conv", kernel = [1, 9], filters = 4 },
  { name = "p", )") + pool + " },\n" +
                                 kHead,
                             "net.toml", 10);
    EXPECT_EQ(refusal_of(spec),
              "the window is too short: at node p, 1 x 92 is too small for a pool of 1 x 200; use a longer window "
              "(--samples)");
  }
}

}  // namespace
}  // namespace stapes
