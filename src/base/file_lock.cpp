// SPDX-License-Identifier: Apache-2.0
#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace stapes {

FileLock::FileLock(const std::filesystem::path& path, const std::string& what)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666)) {
  if (fd_ < 0) throw Error("cannot create {}: {}", path.string(), std::strerror(errno));
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  const int cause = errno;
  ::close(fd_);
  if (cause == EWOULDBLOCK) throw Busy("{} is in use by another process", what);
  throw Error("cannot lock {}: {}", path.string(), std::strerror(cause));
}

FileLock::~FileLock() { ::close(fd_); }

}  // namespace stapes
