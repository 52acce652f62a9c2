// SPDX-License-Identifier: Apache-2.0
// cell_threads.h: how many threads each cell of a study gets on one machine.
#pragma once

#include <vector>

#include "study/plan/grid.h"

namespace stapes {

// In the order of `cells`. The numbers follow from the plan, `cores` and `processes` (cells at once), never from what
// happens to be running, so a study that is killed and resumed ends in the same bits.
//   threads(c) = cores / min(processes, 1 + sum over d of min(1, work(d) / work(c))), rounded, at least 1
// where d is every cell that can be at work while c is: neither waits for the other, directly or through other cells.
// So a cell that always runs alone gets all cores, and a short sibling does not hold back half of them.
std::vector<int> threads_of_cells(const std::vector<Cell>& cells, int cores, int processes);

}  // namespace stapes
