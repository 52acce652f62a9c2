// SPDX-License-Identifier: Apache-2.0
#include "study/plan/cell_threads.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

namespace stapes {
namespace {

// waits[i][k]: cell i waits for cell k, directly or indirectly.
using Waits = std::vector<std::vector<bool>>;

Waits waits_between(const std::vector<Cell>& cells) {
  std::map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < cells.size(); ++i) index[cells[i].folder] = i;
  Waits waits(cells.size(), std::vector<bool>(cells.size(), false));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::vector<std::size_t> open = {i};
    while (!open.empty()) {
      const Cell& cell = cells[open.back()];
      open.pop_back();
      for (const std::string& parent : parents_of(cell)) {
        const std::size_t k = index.at(parent);
        if (!waits[i][k]) open.push_back(k);
        waits[i][k] = true;
      }
    }
  }
  return waits;
}

// Share of `cell`'s running time during which `other` can run.
double overlap(const Cell& cell, const Cell& other) { return other.work < cell.work ? other.work / cell.work : 1; }

}  // namespace

std::vector<int> threads_of_cells(const std::vector<Cell>& cells, int cores, int processes) {
  const Waits waits = waits_between(cells);
  std::vector<int> threads;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    double at_once = 1;
    for (std::size_t k = 0; k < cells.size(); ++k) {
      if (k != i && !waits[i][k] && !waits[k][i]) at_once += overlap(cells[i], cells[k]);
    }
    const double share = cores / std::min<double>(processes, at_once);
    threads.push_back(std::max(1, static_cast<int>(std::lround(share))));
  }
  return threads;
}

}  // namespace stapes
