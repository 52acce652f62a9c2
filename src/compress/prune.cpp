// SPDX-License-Identifier: Apache-2.0
#include "compress/prune.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "graph/geometry.h"
#include "graph/ties.h"

namespace stapes {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

void refuse_binary(const TrainedNetwork& network) {
  if (network.spec.binary) throw Error("a binary network cannot be pruned; prune its full-precision parent instead");
}

// Keeps slices `kept` (ascending) of axis `axis`.
FloatTensor with_slices(const FloatTensor& tensor, std::size_t axis, const std::vector<int>& kept) {
  std::size_t outer = 1, inner = 1;
  for (std::size_t a = 0; a < tensor.shape.size(); ++a) {
    if (a < axis) outer *= static_cast<std::size_t>(tensor.shape[a]);
    if (a > axis) inner *= static_cast<std::size_t>(tensor.shape[a]);
  }
  const std::size_t length = static_cast<std::size_t>(tensor.shape[axis]);
  FloatTensor smaller;
  smaller.shape = tensor.shape;
  smaller.shape[axis] = static_cast<std::int64_t>(kept.size());
  smaller.values.reserve(outer * kept.size() * inner);
  for (std::size_t o = 0; o < outer; ++o) {
    for (const int slice : kept) {
      const auto first = tensor.values.begin() + static_cast<std::ptrdiff_t>((o * length + index(slice)) * inner);
      smaller.values.insert(smaller.values.end(), first, first + static_cast<std::ptrdiff_t>(inner));
    }
  }
  return smaller;
}

void keep_filters(TrainedNetwork& network, const NetworkGeometry& geometry, int width, const std::vector<int>& kept) {
  const auto keep = [&](const std::string& name, std::size_t axis) {
    FloatTensor& tensor = network.tensors.at(name);
    tensor = with_slices(tensor, axis, kept);
  };
  for (const ConvGeometry& conv : geometry.convs) {
    if (conv.in_width == width && !conv.depthwise) keep(conv.name + ".weight", 1);
    if (conv.out_width != width) continue;
    keep(conv.name + ".weight", 0);
    if (conv.norm.empty()) {
      keep(conv.name + ".bias", 0);
      continue;
    }
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) keep(conv.norm + part, 0);
  }
  if (geometry.head_width == width) keep("head.weight", 1);
  network.spec.graph.widths[index(width)] = static_cast<int>(kept.size());
}

// Adds the filter scores of one convolution and the contributions of its inputs.
void add_magnitudes(const ConvGeometry& conv, const FloatTensor& weights, FilterScores& scores) {
  if (conv.out_width == kNoWidth) return;  // depthwise on the input or after a transpose: nothing to remove
  const auto filters = static_cast<std::size_t>(weights.shape[0]), inputs = static_cast<std::size_t>(weights.shape[1]);
  const std::size_t kernel = weights.values.size() / (filters * inputs);
  FilterScores::Part part{conv.out_width, conv.in_width, {}};
  for (std::size_t i = 0; i < filters * inputs; ++i) {
    const auto first = weights.values.begin() + static_cast<std::ptrdiff_t>(i * kernel);
    part.values.push_back(std::accumulate(first, first + static_cast<std::ptrdiff_t>(kernel), 0.0,
                                          [](double sum, float w) { return sum + std::fabs(w); }));
  }
  std::vector<double>& of_filter = scores.of_filter[index(conv.out_width)];
  for (std::size_t f = 0; f < filters; ++f) {
    const auto first = part.values.begin() + static_cast<std::ptrdiff_t>(f * inputs);
    of_filter[f] += std::accumulate(first, first + static_cast<std::ptrdiff_t>(inputs), 0.0);
  }
  if (conv.in_width != kNoWidth && conv.groups == 1) scores.parts.push_back(std::move(part));
}

// Ranks the remaining filters while others are removed.
class Ranking {
 public:
  Ranking(FilterScores scores, const std::vector<bool>& in_scope)
      : scores_(std::move(scores)), in_scope_(in_scope), left_(scores_.of_filter.size()) {
    for (std::size_t width = 0; width < left_.size(); ++width) {
      left_[width].resize(scores_.of_filter[width].size());
      std::iota(left_[width].begin(), left_[width].end(), 0);
    }
  }

  // The lowest-ranked filter among widths with more than one filter left; width -1 if there is none.
  FilterId weakest() const {
    FilterId weakest{-1, 0};
    double lowest = std::numeric_limits<double>::infinity();
    for (int width = 0; width < static_cast<int>(left_.size()); ++width) {
      if (!in_scope_[index(width)] || left_[index(width)].size() < 2) continue;
      const double norm = norm_of(width);
      for (const int filter : left_[index(width)]) {
        const double rank = score(width, filter) / norm;
        if (rank >= lowest) continue;
        lowest = rank;
        weakest = {width, filter};
      }
    }
    return weakest;
  }

  void remove(const FilterId& removed) {
    std::erase(left_[index(removed.width)], removed.filter);
    for (const FilterScores::Part& part : scores_.parts) {
      if (part.inputs != removed.width) continue;
      std::vector<double>& scores = scores_.of_filter[index(part.width)];
      const std::size_t inputs = part.values.size() / scores.size();
      for (std::size_t f = 0; f < scores.size(); ++f) {
        scores[f] = std::max(0.0, scores[f] - part.values[f * inputs + index(removed.filter)]);  // may round below 0
      }
    }
  }

 private:
  double score(int width, int filter) const { return scores_.of_filter[index(width)][index(filter)]; }

  double norm_of(int width) const {
    double squares = 0;
    for (const int filter : left_[index(width)]) squares += score(width, filter) * score(width, filter);
    return squares > 0 ? std::sqrt(squares) : 1;
  }

  FilterScores scores_;
  const std::vector<bool>& in_scope_;
  std::vector<std::vector<int>> left_;
};

}  // namespace

PruneScope parse_prune_scope(const Graph& graph, const std::string& name) {
  if (name == "network") return {};
  if (name == "tfeb") {
    const auto transpose = std::ranges::find(graph.nodes, NodeOp::kTranspose, &Node::op);
    const auto first =
        std::find_if(transpose, graph.nodes.end(), [](const Node& node) { return node.op == NodeOp::kConv; });
    if (first != graph.nodes.end()) return {first->name};
    throw UsageError(
        "scope tfeb means the layers after a transpose, but {} has no {}; choose network or the first convolution to "
        "prune",
        graph.name, transpose == graph.nodes.end() ? "transpose" : "convolution after its transpose");
  }
  const auto found = std::ranges::find(graph.nodes, name, &Node::name);
  if (found == graph.nodes.end() || found->op != NodeOp::kConv) {
    throw UsageError(
        "scope {}: expected network, the first convolution to prune, or tfeb (the layers after a transpose)", name);
  }
  return {name};
}

std::string to_string(const PruneScope& scope) { return scope.first.empty() ? "network" : scope.first; }

std::vector<bool> nodes_in_scope(const Graph& graph, const PruneScope& scope) {
  const int first = scope.first.empty() ? 0 : node_called(graph, scope.first);
  std::vector<bool> in_scope(graph.nodes.size());
  std::fill(in_scope.begin() + first, in_scope.end(), true);
  return in_scope;
}

std::vector<bool> widths_in_scope(const Graph& graph, const PruneScope& scope) {
  std::vector<bool> in_scope;
  for (const int divisor : width_divisors(graph)) in_scope.push_back(divisor == 1);
  const std::vector<bool> nodes = nodes_in_scope(graph, scope);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i] && graph.nodes[i].width != kNoWidth) in_scope[index(graph.nodes[i].width)] = false;
  }
  return in_scope;
}

int filters_in_scope(const Graph& graph, const PruneScope& scope) {
  const std::vector<bool> in_scope = widths_in_scope(graph, scope);
  int filters = 0;
  for (std::size_t i = 0; i < in_scope.size(); ++i) filters += in_scope[i] ? graph.widths[i] : 0;
  return filters;
}

int removable_filters(const Graph& graph, const PruneScope& scope) {
  const std::vector<bool> in_scope = widths_in_scope(graph, scope);
  return filters_in_scope(graph, scope) - static_cast<int>(std::ranges::count(in_scope, true));
}

int filters_to_remove(const Graph& graph, const PruneScope& scope, double ratio) {
  if (!(ratio >= 0 && ratio < 1))
    throw UsageError("the pruning ratio {} is out of range; expected at least 0 and below 1", ratio);
  const int filters = filters_in_scope(graph, scope), removable = removable_filters(graph, scope);
  if (filters == 0)
    throw UsageError(
        "no filters can be removed: the widths of all layers in scope are tied to grouped convolutions or to layers "
        "out of scope");
  const int removed = static_cast<int>(ratio * filters);
  if (removed > removable) {
    throw UsageError("ratio {} would empty a layer; at most {:.4f} is possible ({} of {} filters)", ratio,
                     static_cast<double>(removable) / filters, removable, filters);
  }
  return removed;
}

FilterScores magnitude_scores(const TrainedNetwork& network) {
  refuse_binary(network);
  FilterScores scores;
  for (const int width : network.spec.graph.widths) scores.of_filter.emplace_back(index(width), 0.0);
  for (const ConvGeometry& conv : network_geometry(network.spec).convs) {
    add_magnitudes(conv, network.tensors.at(conv.name + ".weight"), scores);
  }
  return scores;
}

std::vector<FilterId> removal_order(FilterScores scores, const std::vector<bool>& widths, int count) {
  Ranking ranking(std::move(scores), widths);
  std::vector<FilterId> order;
  while (static_cast<int>(order.size()) < count) {
    const FilterId weakest = ranking.weakest();
    if (weakest.width < 0) break;
    ranking.remove(weakest);
    order.push_back(weakest);
  }
  return order;
}

TrainedNetwork without_filters(const TrainedNetwork& network, std::span<const FilterId> removed) {
  refuse_binary(network);
  TrainedNetwork smaller = network;
  const NetworkGeometry geometry = network_geometry(network.spec);
  for (int width = 0; width < static_cast<int>(network.spec.graph.widths.size()); ++width) {
    const int filters = network.spec.graph.widths[index(width)];
    std::vector<int> kept;
    for (int filter = 0; filter < filters; ++filter) {
      if (std::find(removed.begin(), removed.end(), FilterId{width, filter}) == removed.end()) kept.push_back(filter);
    }
    if (kept.size() < index(filters)) keep_filters(smaller, geometry, width, kept);
  }
  return smaller;
}

}  // namespace stapes
