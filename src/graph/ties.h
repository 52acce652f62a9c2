// SPDX-License-Identifier: Apache-2.0
// ties.h: which channel counts must stay equal.
#pragma once

#include "graph/graph.h"

namespace stapes {

// Merges widths that meet in an addition into the first of them. Throws UsageError naming the node if they differ.
void tie_widths(Graph& graph);

// Input and output widths of convolutions with groups other than 1 and depthwise. Pruning leaves them alone, because
// groups must divide them.
std::vector<bool> grouped_widths(const Graph& graph);

}  // namespace stapes
