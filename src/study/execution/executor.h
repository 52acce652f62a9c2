// SPDX-License-Identifier: Apache-2.0
// executor.h: where the cells of a study are run. A cell is run by a process of its own, `stapes study-cell RESULTS
// NAME`, which leaves result.json or failed.json in the cell's folder; a process that leaves neither was killed.
#pragma once

#include <string>
#include <vector>

namespace stapes {

class Executor {
 public:
  virtual ~Executor() = default;

  // How many more cells may be started now.
  virtual std::size_t capacity() = 0;
  // Starts cells, by the names of their folders; at most capacity() of them. Throws Error when none can be started at
  // all (no such program, no such partition).
  virtual void start(const std::vector<std::string>& cells) = 0;
  // The cells whose processes have ended, however, since the last call. Waits up to a second or so for the first.
  virtual std::vector<std::string> ended() = 0;
  // Cells started by a coordinator that was killed, and still at work or queued: they end like the others.
  virtual std::vector<std::string> adopted() = 0;
  // Cells being run at this moment (of those started or adopted; the others are queued).
  virtual std::vector<std::string> running() = 0;
  // Ends everything that was started.
  virtual void stop() = 0;
};

}  // namespace stapes
