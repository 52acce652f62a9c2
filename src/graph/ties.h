// SPDX-License-Identifier: Apache-2.0
// ties.h: which channel counts must stay equal.
#pragma once

#include "graph/graph.h"

namespace stapes {

// Merges widths that meet in an addition into the first of them. Throws UsageError naming the node if they differ.
void tie_widths(Graph& graph);

// For each width, what must divide it: the least common multiple of the groups of all convolutions that read or give
// it, without depthwise ones. Pruning leaves widths other than 1 alone.
std::vector<int> width_divisors(const Graph& graph);

}  // namespace stapes
