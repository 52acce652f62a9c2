// SPDX-License-Identifier: Apache-2.0
// ties.h: which numbers of channels have to stay equal.
#pragma once

#include "graph/graph.h"

namespace stapes {

// Makes one width of those that meet in an addition; the first one stays. Throws UsageError naming the node where they
// differ.
void tie_widths(Graph& graph);

// Widths that convolutions with groups other than 1 and depthwise read or give: pruning leaves them alone, or groups
// would no longer divide them.
std::vector<bool> grouped_widths(const Graph& graph);

}  // namespace stapes
