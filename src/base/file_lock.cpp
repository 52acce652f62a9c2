// SPDX-License-Identifier: Apache-2.0
#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace stapes {
namespace {

bool has_name(int fd, const std::filesystem::path& path) {
  struct stat opened {
  }, named{};
  return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

}  // namespace

int open_locked(const std::filesystem::path& path) {
  for (;;) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (fd < 0) return -1;
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int cause = errno;
      ::close(fd);
      errno = cause;
      return -1;
    }
    if (has_name(fd, path)) return fd;
    ::close(fd);
  }
}

FileLock::FileLock(const std::filesystem::path& path, const std::string& what, After after) : path_(path) {
  const auto held = hold_signals();
  fd_ = open_locked(path);
  if (fd_ < 0 && errno == EWOULDBLOCK) throw Busy("{} is in use by another process", what);
  if (fd_ < 0) throw Error("cannot create or lock {}: {}", path.string(), std::strerror(errno));
  if (after == After::kRemoveFile) removed_.emplace(path);
}

FileLock::~FileLock() {
  const auto held = hold_signals();
  if (removed_) {
    ::unlink(path_.c_str());  // while the lock is held, so that the next process creates its own file
    removed_.reset();
  }
  ::close(fd_);
}

}  // namespace stapes
