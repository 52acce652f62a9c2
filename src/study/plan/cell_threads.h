// SPDX-License-Identifier: Apache-2.0
// cell_threads.h: threads per cell of a study on one machine.
#pragma once

#include <vector>

#include "study/plan/grid.h"

namespace stapes {

// Thread counts in the order of `cells`. They depend only on the arguments, so a resumed study gives bit-identical
// results. `processes`: maximum number of concurrent cells.
//   threads(c) = cores / min(processes, 1 + sum over d of min(1, work(d) / work(c))), rounded, at least 1
// The sum is over the cells d that can run alongside c: neither waits for the other, directly or indirectly.
std::vector<int> threads_of_cells(const std::vector<Cell>& cells, int cores, int processes);

}  // namespace stapes
