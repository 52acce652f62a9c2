// SPDX-License-Identifier: Apache-2.0
#include "study/execution/local_executor.h"

#include <chrono>
#include <thread>

#include "study/results/study_folder.h"

namespace stapes {

std::size_t LocalExecutor::capacity() {
  const auto most = static_cast<std::size_t>(options_.processes);
  return most > processes_.size() ? most - processes_.size() : 0;
}

void LocalExecutor::start(const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) {
    const std::vector<std::string> command = {options_.stapes.string(),
                                              "study-cell",
                                              options_.results.string(),
                                              cell,
                                              "--threads",
                                              std::to_string(options_.threads.at(cell))};
    processes_.emplace(cell, ChildProcess(command, CellFolder(options_.results, cell).log()));
  }
}

std::vector<std::string> LocalExecutor::ended() {
  using namespace std::chrono_literals;
  constexpr int kLooks = 20;
  std::vector<std::string> cells;
  for (int look = 0; look < kLooks && cells.empty() && !processes_.empty(); ++look) {
    for (auto p = processes_.begin(); p != processes_.end();) {
      if (p->second.ended()) {
        cells.push_back(p->first);
        p = processes_.erase(p);
      } else {
        ++p;
      }
    }
    if (cells.empty()) std::this_thread::sleep_for(50ms);
  }
  return cells;
}

std::vector<std::string> LocalExecutor::running() {
  std::vector<std::string> cells;
  for (const auto& [cell, process] : processes_) cells.push_back(cell);
  return cells;
}

}  // namespace stapes
