// SPDX-License-Identifier: Apache-2.0
// scratch.h: after a signal, removes unfinished outputs and temporary folders and ends child processes.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <mutex>

namespace stapes {

// A file or folder that is removed when a signal ends the process. The destructor only unregisters the path: the owner
// has removed or renamed it by then.
class ScratchPath {
 public:
  explicit ScratchPath(const std::filesystem::path& path);
  ~ScratchPath();
  ScratchPath(const ScratchPath&) = delete;
  ScratchPath& operator=(const ScratchPath&) = delete;

 private:
  std::filesystem::path path_;  // absolute
};

// While this lock is held, no signal ends the process. Hold it from creating a path until registering it.
std::unique_lock<std::recursive_mutex> hold_signals();

// `child` leads its own process group, which is killed when a signal ends this process.
void end_with_us(pid_t child);
void forget_child(pid_t child);  // after waiting for it

// Makes SIGINT, SIGTERM, SIGHUP and SIGQUIT, unless ignored, end the children, remove the scratch paths and then end
// the process. Call once, early in main(): threads that already exist do not block the signals, which would then
// kill the process immediately.
void end_cleanly_on_signals();

// Call in a child after fork(), where no thread handles signals: a signal then ends the child immediately. Safe between
// fork() and exec().
void end_at_once_on_signals();

}  // namespace stapes
