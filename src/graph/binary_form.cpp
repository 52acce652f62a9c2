// SPDX-License-Identifier: Apache-2.0
#include "graph/binary_form.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/number.h"

namespace stapes {
namespace {

const Node& node_at(const Graph& graph, int node) { return graph.nodes[static_cast<std::size_t>(node)]; }

// Whether the node only moves or selects values of its input.
bool only_moves(const Node& node) {
  return node.op == NodeOp::kTranspose || node.op == NodeOp::kDropout || node.op == NodeOp::kMaxPool ||
         node.op == NodeOp::kFlatten;
}

// Skips nodes that only move or select values.
int source_of(const Graph& graph, int node, bool* transposed = nullptr) {
  int at = node_at(graph, node).inputs.front();
  while (at != kGraphInput && only_moves(node_at(graph, at))) {
    if (transposed != nullptr && node_at(graph, at).op == NodeOp::kTranspose) *transposed = true;
    at = node_at(graph, at).inputs.front();
  }
  return at;
}

bool has_additions(const Graph& graph) {
  return std::ranges::any_of(graph.nodes, [](const Node& node) { return node.op == NodeOp::kAdd; });
}

void check_kept(const NetworkSpec& spec, const std::string& name) {
  const int node = node_called(spec.graph, name);
  if (node_at(spec.graph, node).op != NodeOp::kConv) {
    throw UsageError("--keep-8-bit {}: expected a convolution, but its op is {}", name,
                     to_string(node_at(spec.graph, node).op));
  }
  if (const std::string reason = not_binary_because(spec.graph, node); !reason.empty()) {
    throw UsageError("--keep-8-bit {}: this layer is never binary: {}", name, reason);
  }
}

// After a transpose, each row has its own alpha, which only a binary convolution can take.
void check_transposed(const NetworkSpec& spec, int reader, int source) {
  const Node &from = node_at(spec.graph, source), &to = node_at(spec.graph, reader);
  if (to.op == NodeOp::kConv && !is_binary(spec, reader)) {
    throw UsageError(
        "8-bit layer {} reads {} through a transpose, so each row would have its own alpha, which the weights of {} "
        "cannot absorb; keep both in 8 bits, or add --unscaled",
        to.name, from.name, to.name);
  }
  if (to.op == NodeOp::kConv) return;
  throw UsageError("{} reads {} through a transpose, which gives each row its own alpha; keep {} in 8 bits", to.name,
                   from.name, from.name);
}

std::ptrdiff_t readers_of(const Graph& graph, int node) {
  return std::ranges::count_if(graph.nodes,
                               [&](const Node& reader) { return std::ranges::count(reader.inputs, node) > 0; });
}

// Refuses inputs that a node of a packed binary network cannot take.
void check_input_of(const NetworkSpec& spec, int reader) {
  const Node& node = node_at(spec.graph, reader);
  if (only_moves(node)) return;
  bool transposed = false;
  const int source = source_of(spec.graph, reader, &transposed);
  if (source == kGraphInput) return;
  const bool eight_bit = node.op == NodeOp::kConv && !is_binary(spec, reader);
  if (eight_bit && node_at(spec.graph, source).op == NodeOp::kAdd) {
    throw UsageError(
        "8-bit layer {0} reads the addition {1}, but 8-bit layers cannot take 32-bit sums; make {0} binary", node.name,
        node_at(spec.graph, source).name);
  }
  if (!transposed || !is_binary(spec, source) || !spec.form.scaled) return;
  check_transposed(spec, reader, source);
  for (int at = node.inputs.front(); at != source; at = node_at(spec.graph, at).inputs.front()) {
    if (readers_of(spec.graph, at) == 1) continue;
    throw UsageError("several nodes read {}, in which each row has its own alpha; keep {} in 8 bits",
                     node_at(spec.graph, at).name, node_at(spec.graph, source).name);
  }
  if (readers_of(spec.graph, source) > 1) {
    throw UsageError(
        "nodes other than the transpose read {0}, but a transposed binary layer can have only one reader; "
        "keep {0} in 8 bits",
        node_at(spec.graph, source).name);
  }
}

}  // namespace

std::string not_binary_because(const Graph& graph, int node) {
  if (source_of(graph, node) == kGraphInput) return "it reads the network's input";
  if (node_at(graph, node).precision == NodePrecision::kFp32) return "its precision is fp32";
  if (!node_at(graph, node).norm) return "it has no batch norm, which a binary layer needs";
  return "";
}

bool is_binary(const NetworkSpec& spec, int node) {
  const Node& conv = node_at(spec.graph, node);
  if (!spec.binary || conv.op != NodeOp::kConv || !not_binary_because(spec.graph, node).empty()) return false;
  return std::ranges::find(spec.form.keep_8_bit, conv.name) == spec.form.keep_8_bit.end();
}

void check_form(const NetworkSpec& spec) {
  if (!spec.binary) {
    if (spec.form != BinaryForm{}) {
      throw UsageError("--keep-8-bit, --unscaled, --rprelu and --shortcuts are for binary networks; add --binary");
    }
    return;
  }
  if (input_kind(spec.input) == InputKind::kFeatures) {
    throw UsageError("networks that take features have no binary form; leave out --binary and use `stapes quantize`");
  }
  std::set<std::string> seen;
  for (const std::string& name : spec.form.keep_8_bit) {
    check_kept(spec, name);
    if (!seen.insert(name).second) throw UsageError("--keep-8-bit names {} twice", name);
  }
  for (std::size_t i = 0; i < spec.graph.nodes.size(); ++i) {
    const Node& node = spec.graph.nodes[i];
    check_input_of(spec, static_cast<int>(i));
    if (node.precision == NodePrecision::kFp32) {
      throw UsageError("node {}: a binary network cannot have fp32 layers; choose precision int8", node.name);
    }
    const bool global = node.op == NodeOp::kGlobalPool;
    if (global && !pools_for_head(spec.graph, static_cast<int>(i))) {
      throw UsageError(
          "{} is a global-pool with other layers after it; in a binary network, only the head may follow a global-pool",
          node.name);
    }
    if (node.op != NodeOp::kAveragePool) continue;
    throw UsageError("{} is an average-pool, which has no binary form; use a max-pool or a stride", node.name);
  }
  if (spec.form.shortcuts && has_additions(spec.graph)) {
    throw UsageError("the network {} already has shortcuts; leave out --shortcuts", spec.graph.name);
  }
}

std::vector<std::string> usual_keep_8_bit(const Graph& graph) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == NodeOp::kConv && node.precision == NodePrecision::kInt8 &&
        not_binary_because(graph, static_cast<int>(i)).empty()) {
      names.push_back(node.name);
    }
  }
  return names;
}

NetworkSpec as_binary(NetworkSpec spec) {
  spec.binary = true;
  spec.form.keep_8_bit = usual_keep_8_bit(spec.graph);
  check_form(spec);
  return spec;
}

std::string nth_convolution(const Graph& graph, int number) {
  int count = 0;
  for (const Node& node : graph.nodes) {
    if (node.op == NodeOp::kConv && ++count == number) return node.name;
  }
  throw UsageError("the network {} has no convolution number {}; expected 1 to {}", graph.name, number, count);
}

std::vector<std::string> parse_keep_8_bit(const Graph& graph, const std::string& list) {
  std::vector<std::string> names;
  if (list == "none") return names;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    const std::string part = list.substr(at, comma - at);
    const std::optional<int> number = number_in<int>(part);
    names.push_back(number ? nth_convolution(graph, *number) : node_at(graph, node_called(graph, part)).name);
    at = comma + 1;
  }
  return names;
}

}  // namespace stapes
