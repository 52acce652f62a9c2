// SPDX-License-Identifier: Apache-2.0
// scratch.h: what must not outlive this process: unfinished outputs, temporary folders, and programs it runs. Their
// owners see to that as a rule; when a signal ends the process, end_cleanly_on_signals() does.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <mutex>

namespace stapes {

// A file or folder that is removed with all it holds when a signal ends the process. The destructor only forgets it:
// the owner has removed or renamed it.
class ScratchPath {
 public:
  explicit ScratchPath(const std::filesystem::path& path);
  ~ScratchPath();
  ScratchPath(const ScratchPath&) = delete;
  ScratchPath& operator=(const ScratchPath&) = delete;

 private:
  std::filesystem::path path_;  // absolute
};

// No signal ends the process while this is held: between making something and saying that it is scratch.
std::unique_lock<std::recursive_mutex> hold_signals();

// A child that leads a process group of its own: the group is ended when a signal ends this process.
void end_with_us(pid_t child);
void forget_child(pid_t child);  // has been waited for

// From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT, where they are not ignored, end the children, remove the scratch
// paths and then end the process as they would have. Call it once, early in main(): threads that are there already
// would still be ended at once.
void end_cleanly_on_signals();

// In a copy of this process made by fork(), where no thread waits for signals: they end it at once again. Safe to call
// there.
void end_at_once_on_signals();

}  // namespace stapes
