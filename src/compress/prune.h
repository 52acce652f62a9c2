// SPDX-License-Identifier: Apache-2.0
// prune.h: filter pruning (arXiv:2103.03483), without training (train/prune/prune_steps.h). Removes filters, their
// batch-norm channels and the matching inputs of the layers that read them; the nodes of the graph do not change.
//
// Filters are counted, ranked and removed per width of the graph. Convolutions that additions or depthwise convolutions
// tie together share a width and lose a channel together. Widths of grouped convolutions do not change.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/network.h"

namespace stapes {

// The part of the network in which filters or weights may be removed: all of it, or a convolution and everything after
// it.
struct PruneScope {
  std::string first = {};  // the first node in scope; empty: everywhere
  bool operator==(const PruneScope&) const = default;
};

// "network", the name of a convolution, or "tfeb", the published name for the part of ACDNet after the transpose.
// Throws UsageError if the graph has no such part.
PruneScope parse_prune_scope(const Graph& graph, const std::string& name);
std::string to_string(const PruneScope& scope);

// [width]: whether its filters may be removed. [node]: whether the node is in scope.
std::vector<bool> widths_in_scope(const Graph& graph, const PruneScope& scope);
std::vector<bool> nodes_in_scope(const Graph& graph, const PruneScope& scope);

// The number of filters in scope, and how many of them can be removed: each width keeps at least one. Pools after a
// transpose work with fewer rows, because they adapt to the height.
int filters_in_scope(const Graph& graph, const PruneScope& scope);
int removable_filters(const Graph& graph, const PruneScope& scope);

// int(ratio * filters in scope). Throws UsageError for a ratio outside [0, 1), or, naming the largest possible ratio,
// for one that would leave a layer empty.
int filters_to_remove(const Graph& graph, const PruneScope& scope, double ratio);

// The importance of each filter. Only ratios within a width matter (ranks are L2-normalised per width).
struct FilterScores {
  std::vector<std::vector<double>> of_filter;  // [width][filter] >= 0
  // The part of a width's scores that depends on the filters of a width that it reads.
  struct Part {
    int width = 0, inputs = 0;
    std::vector<double> values;  // [filter of `width`][filter of `inputs`]
  };
  std::vector<Part> parts;  // empty: scores do not depend on inputs
};

// Sum |w| of each filter, over all convolutions with this width. Throws Error for a binary network.
FilterScores magnitude_scores(const TrainedNetwork& network);

// Filter `filter` of Graph::widths[`width`], both 0-based and numbered as in the network before any removal.
struct FilterId {
  int width = 0;
  int filter = 0;
  bool operator==(const FilterId&) const = default;
};

// Filters to remove from the `widths` in scope, lowest rank first: `count`, or fewer if no more can be removed. A
// filter's rank is its score divided by the L2 norm of the scores left in its width. (If normalised only once, a layer
// of 512 filters would be emptied before a layer of 8 loses any.) Parts of scores that depend on removed inputs are
// subtracted.
std::vector<FilterId> removal_order(FilterScores scores, const std::vector<bool>& widths, int count);

// The network without these filters. After a transpose, a removed filter is a removed row, and pool rules are applied
// again. Throws Error for a binary network.
TrainedNetwork without_filters(const TrainedNetwork& network, std::span<const FilterId> removed);

}  // namespace stapes
