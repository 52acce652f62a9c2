// SPDX-License-Identifier: Apache-2.0
// file_lock.h: a file that only one process may hold. The system releases it when the process ends, even in a crash.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/scratch.h"

namespace stapes {

// The lock is already held.
class Busy : public Error {
 public:
  using Error::Error;
};

class FileLock {
 public:
  enum class After { kKeepFile, kRemoveFile };

  // Creates `path` (an empty file) and locks it. Throws Busy, naming `what`, if another process or another FileLock in
  // this process holds it; throws Error if the file cannot be created.
  FileLock(const std::filesystem::path& path, const std::string& what, After after = After::kKeepFile);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::filesystem::path path_;
  std::optional<ScratchPath> removed_;
  int fd_ = -1;
};

// Opens `path` for writing, creating it if necessary, and locks it for this process. Returns the descriptor, or -1 with
// errno; EWOULDBLOCK means that another process holds it. On return the locked file still has this name: its previous
// holder did not rename or remove it.
int open_locked(const std::filesystem::path& path);

}  // namespace stapes
