// SPDX-License-Identifier: Apache-2.0
// ties.h: the channel counts that must stay equal.
#pragma once

#include <cstddef>

#include "graph/graph.h"

namespace stapes {

// Merges widths joined by an addition into the first of them. Throws UsageError naming the node if they differ.
void tie_widths(Graph& graph);
// The same for one node; does nothing unless it is an addition. Call it for the nodes in their order.
void tie_widths_of(Graph& graph, std::size_t node);

// [width]: the number that must divide it, the least common multiple of the groups of all convolutions with this input
// or output width, except depthwise ones. Pruning does not change widths with a divisor above 1.
std::vector<int> width_divisors(const Graph& graph);

}  // namespace stapes
