// SPDX-License-Identifier: Apache-2.0
// open_counter.h: counts how often any process opens a file.
#pragma once

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

namespace stapes::test {

class OpenCounter {
 public:
  // Also watches closing, since the kernel merges consecutive equal events.
  explicit OpenCounter(const std::string& path) : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (events_ < 0 || ::inotify_add_watch(events_, path.c_str(), IN_OPEN | IN_CLOSE) < 0) {
      throw std::runtime_error("cannot watch " + path);
    }
  }
  ~OpenCounter() { ::close(events_); }
  OpenCounter(const OpenCounter&) = delete;
  OpenCounter& operator=(const OpenCounter&) = delete;

  // Opens since the last call or construction.
  int opens() {
    int count = 0;
    alignas(inotify_event) std::array<char, 65536> buffer;
    for (ssize_t n = ::read(events_, buffer.data(), buffer.size()); n > 0;
         n = ::read(events_, buffer.data(), buffer.size())) {
      for (ssize_t at = 0; at < n;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        if ((event->mask & IN_OPEN) != 0) ++count;
        at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      }
    }
    return count;
  }

 private:
  int events_;
};

}  // namespace stapes::test
