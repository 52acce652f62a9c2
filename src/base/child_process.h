// SPDX-License-Identifier: Apache-2.0
// child_process.h: a program that runs alongside this one and ends with it, however this one ends. (More exactly, it
// ends with the thread that started it, so use one that stays.)
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
  // Starts `arguments` (the program first, found in PATH; no shell) with an empty standard input; its output is
  // appended to `log`. Throws Error when it cannot be started.
  ChildProcess(const std::vector<std::string>& arguments, const std::filesystem::path& log,
               const Environment& environment = {});
  ~ChildProcess();  // kills it, if it is still there
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)), status_(other.status_) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  std::optional<int> ended();  // its exit status, 128 + signal if it was killed; nothing while it runs
  int wait();                  // the same, once it has ended
  void kill();                 // SIGKILL, and waits

 private:
  int status_of(int raw);

  pid_t pid_ = -1;
  std::optional<int> status_;
};

}  // namespace stapes
