// SPDX-License-Identifier: Apache-2.0
// ordered_work.h: parallel work with results in order and bounded memory.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <utility>

#include "base/parallel.h"

namespace stapes {

// Calls take(i, make(i)) for i in [0, count): make() on any thread, take() one at a time in the order of i. At most
// `ahead` results of about `ahead_bytes` in total (by size_bytes(result)) wait for a predecessor. The first exception
// stops the rest and is rethrown.
template <class Result, class Make, class Size, class Take>
void ordered_parallel_for(std::size_t count, int threads, std::size_t ahead, std::size_t ahead_bytes, const Make& make,
                          const Size& size_bytes, const Take& take) {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::size_t, Result> waiting;
  std::size_t next = 0, waiting_bytes = 0;
  bool failed = false;

  // parallel_for hands out indices in order, so the thread that holds `next` never waits here.
  const auto wait_for_turn = [&](std::unique_lock<std::mutex>& lock, std::size_t i) {
    changed.wait(lock, [&] { return failed || i == next || (i < next + ahead && waiting_bytes < ahead_bytes); });
    return !failed;
  };
  parallel_for(count, threads, [&](std::size_t i) {
    std::unique_lock lock(mutex);
    if (!wait_for_turn(lock, i)) return;
    try {
      lock.unlock();
      Result made = make(i);
      lock.lock();
      waiting_bytes += size_bytes(made);
      waiting.emplace(i, std::move(made));
      for (auto first = waiting.begin(); first != waiting.end() && first->first == next; first = waiting.begin()) {
        waiting_bytes -= size_bytes(first->second);
        take(next, std::move(first->second));
        waiting.erase(first);
        ++next;
      }
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      failed = true;
      changed.notify_all();
      throw;
    }
    changed.notify_all();
  });
}

}  // namespace stapes
