// SPDX-License-Identifier: Apache-2.0
#include "graph/graph.h"

#include <algorithm>

#include "base/error.h"
#include "base/nearest_name.h"

namespace stapes {

int node_called(const Graph& graph, const std::string& name) {
  const auto found = std::ranges::find(graph.nodes, name, &Node::name);
  if (found != graph.nodes.end()) return static_cast<int>(found - graph.nodes.begin());
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.name);
  throw UsageError("the network has no node {}; did you mean {}?", name, nearest_name(name, names));
}

bool pools_for_head(const Graph& graph, int node) {
  const auto first = graph.nodes.begin() + node;
  const auto is_conv = [](const Node& after) { return after.op == NodeOp::kConv; };
  return first->op == NodeOp::kGlobalPool && std::none_of(first, graph.nodes.end(), is_conv);
}

std::vector<std::string> usual_keep_fp32(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) {
    if (node.precision == NodePrecision::kFp32) names.push_back(node.name);
  }
  return names;
}

std::vector<int> channel_widths(const Graph& graph) {
  std::vector<int> widths;
  for (const Node& node : graph.nodes) {
    const int input = node.inputs.front();
    const int inherited = input == kGraphInput ? kNoWidth : widths[static_cast<std::size_t>(input)];
    if (node.op == NodeOp::kTranspose || node.op == NodeOp::kLinear) {
      widths.push_back(kNoWidth);
    } else {
      widths.push_back(node.width != kNoWidth ? node.width : inherited);
    }
  }
  return widths;
}

}  // namespace stapes
