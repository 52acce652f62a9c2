// prune.h: filter pruning. The result is a smaller network of the same family: filters, their batch-norm channels and
// the matching inputs of the next layer are gone. Source: arXiv:2103.03483. No training happens here
// (train/prune_steps.h).
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "network/acdnet.h"

namespace stapes {

// Where filters, or weights, may be removed: everywhere, or from conv3 on (the time-frequency block, TFEB).
enum class PruneScope { kNetwork, kTfeb };

PruneScope parse_prune_scope(const std::string& name);  // "network", "tfeb"; throws UsageError listing them
const char* to_string(PruneScope scope);
bool in_scope(int conv, PruneScope scope);  // conv is 0-based

// Filters of the layers in scope, and how many of them can go: a layer keeps at least one. Fewer rows after the swap
// break no pool: pools follow the height, and one row needs none.
int filters_in_scope(const AcdnetSpec& spec, PruneScope scope);
int removable_filters(const AcdnetSpec& spec, PruneScope scope);

// int(ratio * filters in scope). Throws UsageError for a ratio outside [0, 1) and, naming the largest possible one, for
// a ratio that would leave a layer empty.
int filters_to_remove(const AcdnetSpec& spec, PruneScope scope, double ratio);

// How much each filter matters; only ratios inside a layer count (ranks are L2-normalised there).
struct FilterScores {
  std::array<std::vector<double>, kAcdnetConvs> of_filter;  // >= 0
  // [filter * inputs + input]: the part of a filter's score that goes with an input of its layer; empty: none does.
  std::array<std::vector<double>, kAcdnetConvs> by_input;
};

// Sum |w| of each filter. Throws Error for a binary network.
FilterScores magnitude_scores(const TrainedNetwork& network);

// Filter `filter` of convolution `conv`, both 0-based and as numbered in the network the order was made for.
struct FilterId {
  int conv = 0;
  int filter = 0;
  bool operator==(const FilterId&) const = default;
};

// The first `count` filters to remove, or all that can be: lowest rank first over all layers in scope, where the rank
// is the score over the L2 norm of the scores left in its layer. (Normalised once, a layer of 512 filters would be
// emptied before one of 8 loses any.) What scores owe to removed inputs is taken off.
std::vector<FilterId> removal_order(FilterScores scores, PruneScope scope, int count);

// The network without these filters. Across the swap (conv2 -> conv3) a removed filter is a removed row of height, and
// the pools follow. Throws Error for a binary network.
TrainedNetwork without_filters(const TrainedNetwork& network, std::span<const FilterId> removed);

}  // namespace stapes
