// SPDX-License-Identifier: Apache-2.0
// prune.h: filter pruning (arXiv:2103.03483); train/prune/prune_steps.h adds training between removals. Removes
// filters, their batch-norm channels and the matching inputs of later layers.
//
// Filters are counted, ranked and removed per width of the graph. Convolutions that share a width lose a channel
// together. Widths of grouped convolutions do not change.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/network.h"

namespace stapes {

// Where filters or weights may be removed: everywhere, or from a convolution on.
struct PruneScope {
  std::string first = {};  // the first node in scope; empty: everywhere
  bool operator==(const PruneScope&) const = default;
};

// "network", the name of a convolution, or "tfeb", the published name for the part of ACDNet after the transpose.
// Throws UsageError if the graph has no such part.
PruneScope parse_prune_scope(const Graph& graph, const std::string& name);
std::string to_string(const PruneScope& scope);

// Indexed by width: whether its filters may be removed. Indexed by node: whether the node is in scope.
std::vector<bool> widths_in_scope(const Graph& graph, const PruneScope& scope);
std::vector<bool> nodes_in_scope(const Graph& graph, const PruneScope& scope);

// The filters in scope, and how many can be removed: each width keeps at least one.
int filters_in_scope(const Graph& graph, const PruneScope& scope);
int removable_filters(const Graph& graph, const PruneScope& scope);

// int(ratio * filters in scope). Throws UsageError if the ratio is outside [0, 1) or would leave a layer empty. The
// message then gives the largest possible ratio.
int filters_to_remove(const Graph& graph, const PruneScope& scope, double ratio);

// Only the ratios between scores of the same width matter (ranks are L2-normalized per width).
struct FilterScores {
  std::vector<std::vector<double>> of_filter;  // [width][filter] >= 0
  // How much each filter of the width `inputs` contributes to the score of each filter of `width`.
  struct Part {
    int width = 0, inputs = 0;
    std::vector<double> values;  // [filter of `width`][filter of `inputs`]
  };
  std::vector<Part> parts;  // empty: scores do not depend on inputs
};

// Sum |w| of each filter, over all convolutions with this width. Throws Error for a binary network.
FilterScores magnitude_scores(const TrainedNetwork& network);

// Filter `filter` of Graph::widths[`width`]: 0-based, numbered as before any removal.
struct FilterId {
  int width = 0;
  int filter = 0;
  bool operator==(const FilterId&) const = default;
};

// Up to `count` filters to remove from the `widths` in scope, lowest rank first. rank = score / L2 norm of the scores
// left in the width, so that wide layers are not emptied first. The contributions of removed input filters are
// subtracted from the scores.
std::vector<FilterId> removal_order(FilterScores scores, const std::vector<bool>& widths, int count);

// The network without these filters. A filter removed before a transpose removes a row after it, so pool rules are
// applied again. Throws Error for a binary network.
TrainedNetwork without_filters(const TrainedNetwork& network, std::span<const FilterId> removed);

}  // namespace stapes
