// SPDX-License-Identifier: Apache-2.0
// run_study.h: runs what a study still lacks.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "study/execution/executor.h"
#include "study/plan/grid.h"

namespace stapes {

enum class CellState { kWaiting, kQueued, kRunning, kFinished, kFailed };

struct StudyProgress {
  const std::vector<Cell>& cells;
  const std::vector<CellState>& states;  // one each
  double seconds = 0;                    // since this session began
  std::optional<double> seconds_left;    // by the work of what was finished in it; nothing until there is some

  std::size_t count(CellState state) const;
};

struct StudyObserver {
  std::function<void(const StudyProgress&)> progress;    // about once a second, and on every change
  std::function<void(const std::string& line)> message;  // a cell finished, failed, is tried again
};

struct StudyEnd {
  std::size_t finished = 0, failed = 0;  // of all cells of the plan
};

// Runs every cell of `cells` that has no result yet, parents first; a finished parent whose weights are gone is run
// again when a child needs them. A cell whose process was killed is started up to `attempts` times; one that fails does
// not stop the others, but its children fail with it. Failures of earlier sessions are tried again, and so are cells
// whose result is damaged, of other data, or not judged as the plan now asks. `results` holds the study's lock
// (StudyLock) all the while.
StudyEnd run_study(const std::filesystem::path& results, const std::vector<Cell>& cells, const std::string& data_hash,
                   Executor& executor, int attempts, const StudyObserver& observer);

}  // namespace stapes
