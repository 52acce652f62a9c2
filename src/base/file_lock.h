// SPDX-License-Identifier: Apache-2.0
// file_lock.h: a file that only one process may hold. The system lets go of it when the process ends, however it ends.
#pragma once

#include <filesystem>

#include "base/error.h"

namespace stapes {

// Another process holds the lock.
class Busy : public Error {
 public:
  using Error::Error;
};

class FileLock {
 public:
  // Creates `path` (an empty file, left behind) and locks it. Throws Busy, naming `what`, when another process or
  // another FileLock of this one holds it; Error when the file cannot be created.
  FileLock(const std::filesystem::path& path, const std::string& what);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

}  // namespace stapes
