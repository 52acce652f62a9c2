// SPDX-License-Identifier: Apache-2.0
// child_process.h: a program that runs alongside this one and is killed when this one ends, even by a crash. (The
// kernel ties it to the thread that started it, so use a thread that stays.)
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace stapes {

using Environment = std::vector<std::pair<std::string, std::string>>;  // variables to set

class ChildProcess {
 public:
  // Starts `arguments` (the program first, found in PATH; no shell) with an empty standard input. Appends the program's
  // output to `log`. Throws Error if the program cannot be started.
  ChildProcess(const std::vector<std::string>& arguments, const std::filesystem::path& log,
               const Environment& environment = {});
  ~ChildProcess();  // kills the program if it still runs
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)), status_(other.status_) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  std::optional<int> ended();  // exit status, or 128 + signal if it was killed; empty while it runs
  int wait();                  // waits until it has ended; returns the same
  void kill();                 // sends SIGKILL and waits

 private:
  int status_of(int raw);

  pid_t pid_ = -1;
  std::optional<int> status_;
};

}  // namespace stapes
