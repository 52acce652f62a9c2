// SPDX-License-Identifier: Apache-2.0
// local_executor.h: runs cells as processes on this machine.
#pragma once

#include <filesystem>
#include <map>

#include "base/child_process.h"
#include "study/execution/executor.h"

namespace stapes {

struct LocalOptions {
  std::filesystem::path results;       // absolute
  std::filesystem::path stapes;        // the program
  int processes = 1;                   // maximum number of concurrent cells
  std::map<std::string, int> threads;  // per cell, by folder name (cell_threads.h)
};

// Child processes end with this process, so none is ever adopted.
class LocalExecutor : public Executor {
 public:
  explicit LocalExecutor(LocalOptions options) : options_(std::move(options)) {}

  std::size_t capacity() override;
  void start(const std::vector<std::string>& cells) override;
  std::vector<std::string> ended() override;
  std::vector<std::string> adopted() override { return {}; }
  std::vector<std::string> running() override;
  void stop() override { processes_.clear(); }

 private:
  LocalOptions options_;
  std::map<std::string, ChildProcess> processes_;  // by cell
};

}  // namespace stapes
