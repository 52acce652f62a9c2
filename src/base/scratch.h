// SPDX-License-Identifier: Apache-2.0
// scratch.h: cleans up after a signal: removes unfinished outputs and temporary folders, and ends child processes.
// Without a signal, their owners do this.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <mutex>

namespace stapes {

// A file or folder that is removed, with its contents, when a signal ends the process. The destructor only unregisters
// it: by then the owner has removed or renamed it.
class ScratchPath {
 public:
  explicit ScratchPath(const std::filesystem::path& path);
  ~ScratchPath();
  ScratchPath(const ScratchPath&) = delete;
  ScratchPath& operator=(const ScratchPath&) = delete;

 private:
  std::filesystem::path path_;  // absolute
};

// While this lock is held, no signal ends the process. Hold it from creating something until it is registered as
// scratch.
std::unique_lock<std::recursive_mutex> hold_signals();

// Registers a child that leads its own process group; the group is killed when a signal ends this process.
void end_with_us(pid_t child);
void forget_child(pid_t child);  // after waiting for it

// After this call, SIGINT, SIGTERM, SIGHUP and SIGQUIT, unless ignored, end the children, remove the scratch paths and
// then end the process as usual. Call it once, early in main(): threads that already exist do not block the signals,
// which would then kill the process immediately.
void end_cleanly_on_signals();

// Call this in a child after fork(), where no thread handles signals: restores their default action, so that a signal
// ends the child immediately. Safe to call between fork() and exec().
void end_at_once_on_signals();

}  // namespace stapes
