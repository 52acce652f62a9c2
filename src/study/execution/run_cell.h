// SPDX-License-Identifier: Apache-2.0
// run_cell.h: runs one cell from its cell.json to its result.json, in the process started by an executor.
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

// Trains, packs, evaluates on the test fold and measures on each target, resuming where an earlier attempt stopped.
// Writes result.json; if a step fails, writes failed.json and throws Error. Throws Busy if another process runs the
// cell. A cell killed from outside leaves neither file and may be retried.
void run_cell(const CellJob& job);

// The curve in a run's metrics.jsonl; for long runs only the evaluated epochs, to keep reports on many cells small.
std::vector<CurvePoint> curve_of(const std::filesystem::path& run);

}  // namespace stapes
