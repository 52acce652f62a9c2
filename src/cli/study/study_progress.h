// SPDX-License-Identifier: Apache-2.0
// study_progress.h: the state of a running study: a redrawn table on a terminal, lines in a log.
#pragma once

#include <chrono>
#include <string>

#include "study/execution/run_study.h"

namespace stapes::cli {

class StudyPrinter {
 public:
  StudyPrinter(std::string name, bool quiet);

  void progress(const StudyProgress& progress);
  void message(const std::string& line);

 private:
  using Clock = std::chrono::steady_clock;

  void erase();

  std::string name_;
  bool quiet_, terminal_;
  std::string drawn_;
  Clock::time_point drawn_at_{};
};

// One row per series, and the time left.
std::string progress_table(const std::string& name, const StudyProgress& progress);

}  // namespace stapes::cli
