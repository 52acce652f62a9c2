// SPDX-License-Identifier: Apache-2.0
// executor.h: runs the cells of a study, each in a process `stapes study-cell RESULTS NAME`. The process writes
// result.json or failed.json to the cell's folder, or neither if it is killed.
#pragma once

#include <string>
#include <vector>

namespace stapes {

class Executor {
 public:
  virtual ~Executor() = default;

  // How many more cells may be started.
  virtual std::size_t capacity() = 0;
  // Starts up to capacity() cells, by folder name. Throws Error if no cell can be started.
  virtual void start(const std::vector<std::string>& cells) = 0;
  // Cells that have ended since the last call. Waits up to about a second for the first.
  virtual std::vector<std::string> ended() = 0;
  // Queued and running cells of an earlier coordinator; ended() reports them, too.
  virtual std::vector<std::string> adopted() = 0;
  // Started or adopted cells that are running, not queued.
  virtual std::vector<std::string> running() = 0;
  virtual void stop() = 0;
};

}  // namespace stapes
