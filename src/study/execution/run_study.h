// SPDX-License-Identifier: Apache-2.0
// run_study.h: runs the unfinished cells of a study.
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
  const std::vector<CellState>& states;  // one per cell
  double seconds = 0;                    // since the start of this session
  std::optional<double> seconds_left;    // estimated; empty until a cell finishes in this session

  std::size_t count(CellState state) const;
};

struct StudyObserver {
  std::function<void(const StudyProgress&)> progress;    // about once a second and on every change
  std::function<void(const std::string& line)> message;  // a cell finished, failed or is being retried
};

struct StudyEnd {
  std::size_t finished = 0, failed = 0;  // of all cells of the plan
};

// Runs every cell without a result, parents first. The caller must hold the study's lock (kStudyLock). Reruns
//   - cells that failed in an earlier session
//   - cells with a result that is damaged or does not match the data and plan
//   - finished parents if a child needs their deleted weights.
// Starts a killed cell up to `attempts` times. A failed cell fails only its children.
StudyEnd run_study(const std::filesystem::path& results, const std::vector<Cell>& cells, const std::string& data_hash,
                   Executor& executor, int attempts, const StudyObserver& observer);

}  // namespace stapes
