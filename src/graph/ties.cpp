// SPDX-License-Identifier: Apache-2.0
#include "graph/ties.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "base/error.h"

namespace stapes {
namespace {

std::size_t place(int i) { return static_cast<std::size_t>(i); }

void check_equal(const Graph& graph, const Node& add, int a, int b) {
  const auto name = [&](std::size_t input) { return graph.nodes[place(add.inputs[input])].name; };
  if (a == kNoWidth || b == kNoWidth) {
    throw UsageError("node {} adds {} and {}; an addition cannot take the network's input or transposed values",
                     add.name, add.inputs[0] == kGraphInput ? "input" : name(0),
                     add.inputs[1] == kGraphInput ? "input" : name(1));
  }
  if (graph.widths[place(a)] == graph.widths[place(b)]) return;
  throw UsageError("node {} adds {} of width {} and {} of width {}; expected equal widths", add.name, name(0),
                   graph.widths[place(a)], name(1), graph.widths[place(b)]);
}

// Replaces width `from` with the earlier width `to` and renumbers the widths after `from`.
void merge(Graph& graph, int to, int from) {
  const auto moved = [&](int width) { return width == from ? to : width > from ? width - 1 : width; };
  for (Node& node : graph.nodes) node.width = moved(node.width);
  for (int& like : graph.width_like) like = moved(like);
  graph.widths.erase(graph.widths.begin() + from);
  graph.width_names.erase(graph.width_names.begin() + from);
  graph.width_per_class.erase(graph.width_per_class.begin() + from);
  graph.width_like.erase(graph.width_like.begin() + from);
}

}  // namespace

void tie_widths(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) tie_widths_of(graph, i);
}

void tie_widths_of(Graph& graph, std::size_t node) {
  const Node& add = graph.nodes[node];
  if (add.op != NodeOp::kAdd) return;
  const std::vector<int> widths = channel_widths(graph);
  const auto width_of = [&](int input) { return input == kGraphInput ? kNoWidth : widths[place(input)]; };
  const int a = width_of(add.inputs[0]), b = width_of(add.inputs[1]);
  if (a == b && a != kNoWidth) return;
  check_equal(graph, add, a, b);
  merge(graph, std::min(a, b), std::max(a, b));
}

std::vector<int> width_divisors(const Graph& graph) {
  const std::vector<int> widths = channel_widths(graph);
  std::vector<int> divisors(graph.widths.size(), 1);
  const auto divide = [&](int width, int groups) {
    if (width == kNoWidth) return;
    int& divisor = divisors[place(width)];
    divisor =
        static_cast<int>(std::min(std::lcm(std::int64_t{divisor}, std::int64_t{groups}), std::int64_t{kMaxWidth}));
  };
  for (const Node& node : graph.nodes) {
    if (node.op != NodeOp::kConv || node.groups == 1 || node.groups == kDepthwise) continue;
    divide(node.width, node.groups);
    if (node.inputs.front() != kGraphInput) divide(widths[place(node.inputs.front())], node.groups);
  }
  return divisors;
}

}  // namespace stapes
