// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "graph/graph_toml.h"

namespace stapes {
namespace {

std::string pool_text(const PoolRule& rule) {
  switch (rule.kind) {
    case PoolRule::Kind::kNumber:
      return std::to_string(rule.number);
    case PoolRule::Kind::kMilliseconds:
      return fmt::format("\"{} ms\"", rule.number);
    case PoolRule::Kind::kHalve:
      return "\"halve\"";
    case PoolRule::Kind::kRest:
      return "\"rest\"";
  }
  return "";
}

std::string name_of(const Graph& graph, int input) {
  return input == kGraphInput ? "input" : graph.nodes[static_cast<std::size_t>(input)].name;
}

std::string pad_text(const Node& node) {
  const bool even = node.more_end_h == 0 && node.more_end_w == 0;
  if (even && node.pad_h == 0 && node.pad_w == 0) return "";
  if (even) return fmt::format(", pad = [{}, {}]", node.pad_h, node.pad_w);
  return fmt::format(", pad = [{}, {}, {}, {}]", node.pad_h, node.pad_h + node.more_end_h, node.pad_w,
                     node.pad_w + node.more_end_w);
}

std::string precision_text(NodePrecision precision) {
  return precision == NodePrecision::kAny ? "" : fmt::format(", precision = \"{}\"", to_string(precision));
}

std::string activation_text(NodeActivation activation) {
  return activation == NodeActivation::kRelu ? "" : fmt::format(", activation = \"{}\"", to_string(activation));
}

std::string linear_text(const Graph& graph, const Node& node) {
  return fmt::format(", filters = \"{}\"{}{}", graph.width_names[static_cast<std::size_t>(node.width)],
                     node.norm ? ", norm = true" : "", precision_text(node.precision));
}

std::string conv_text(const Graph& graph, const Node& node) {
  std::string text = fmt::format(", kernel = [{}, {}]", node.kernel_h, node.kernel_w);
  if (node.stride_h != 1 || node.stride_w != 1)
    text += fmt::format(", stride = [{}, {}]", node.stride_h, node.stride_w);
  text += pad_text(node);
  if (node.groups == kDepthwise) {
    text += ", groups = \"depthwise\"";
  } else {
    if (node.groups != 1) text += fmt::format(", groups = {}", node.groups);
    text += fmt::format(", filters = \"{}\"", graph.width_names[static_cast<std::size_t>(node.width)]);
  }
  if (!node.norm) text += ", norm = false";
  return text + precision_text(node.precision);
}

std::string node_text(const Graph& graph, const Node& node) {
  std::string text =
      fmt::format("  {{ name = \"{}\", op = \"{}\"", node.name, to_string(node.dense ? NodeOp::kLinear : node.op));
  std::vector<std::string> inputs;
  for (const int input : node.inputs) inputs.push_back(fmt::format("\"{}\"", name_of(graph, input)));
  text += fmt::format(", inputs = [{}]", fmt::join(inputs, ", "));
  const bool is_conv = node.op == NodeOp::kConv;
  if (is_conv) text += node.dense ? linear_text(graph, node) : conv_text(graph, node);
  const bool activates = is_conv || node.op == NodeOp::kAdd;
  if (activates) text += activation_text(node.activation);
  const bool pools = is_conv ? node.pool_h != PoolRule{} || node.pool_w != PoolRule{}
                             : node.op == NodeOp::kMaxPool || node.op == NodeOp::kAveragePool;
  if (pools) text += fmt::format(", pool = [{}, {}]", pool_text(node.pool_h), pool_text(node.pool_w));
  if (node.op == NodeOp::kMaxPool) {
    if (node.pool_stride_h > 0) text += fmt::format(", stride = [{}, {}]", node.pool_stride_h, node.pool_stride_w);
    text += pad_text(node);
  }
  return text + " },\n";
}

}  // namespace

std::string graph_text(const Graph& graph) {
  std::string text = fmt::format("name = \"{}\"\ninput = \"{}\"\n", graph.name, to_string(graph.input));
  text += "\n[widths]\n";
  for (std::size_t i = 0; i < graph.widths.size(); ++i) {
    text += fmt::format("{} = {}\n", graph.width_names[i], graph.widths[i]);
  }
  text += "\n[[block]]\nnodes = [\n";
  for (const Node& node : graph.nodes) text += node_text(graph, node);
  return text + "]\n";
}

}  // namespace stapes
