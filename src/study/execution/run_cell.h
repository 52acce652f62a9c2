// SPDX-License-Identifier: Apache-2.0
// run_cell.h: runs one cell in the process started by an executor.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "study/results/cell_result.h"

namespace stapes {

struct CellJob {
  std::filesystem::path results;  // absolute
  std::string folder;             // name under cells/
  std::filesystem::path stapes;   // the program
  int threads = 1;
};

// Trains, packs, evaluates on the test fold and measures on each target. Resumes where an earlier attempt stopped.
// Writes result.json, or writes failed.json and throws Error. Throws Busy if another process runs the cell. A killed
// cell leaves neither file and may be retried.
void run_cell(const CellJob& job);

// The learning curve in a run's metrics.jsonl. For long runs, only the evaluated epochs, to keep reports small.
std::vector<CurvePoint> curve_of(const std::filesystem::path& run);

}  // namespace stapes
