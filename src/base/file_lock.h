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

  // Creates the empty file `path` and locks it. Throws Busy naming `what` if another process or FileLock holds the
  // lock, and Error if the file cannot be created.
  FileLock(const std::filesystem::path& path, const std::string& what, After after = After::kKeepFile);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::filesystem::path path_;
  std::optional<ScratchPath> removed_;
  int fd_ = -1;
};

// Opens or creates `path` for writing and locks it. Returns the descriptor, or -1 with errno (EWOULDBLOCK: locked by
// another process). The locked file still has this name.
int open_locked(const std::filesystem::path& path);

}  // namespace stapes
