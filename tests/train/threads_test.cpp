// SPDX-License-Identifier: Apache-2.0
#include "train/threads.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

#include "base/parallel.h"

namespace stapes {
namespace {

TEST(UseThreads, GivesOurOwnLayersAsManyThreadsAsLibtorch) {
  const int before = at::get_num_threads();
  for (const int wanted : {3, 1, 0}) {
    use_threads(wanted);
    const int count = wanted > 0 ? wanted : hardware_threads();
    EXPECT_EQ(at::get_num_threads(), count);
    std::mutex mutex;
    std::set<std::thread::id> threads;
    at::parallel_for(0, count, 1, [&](std::int64_t, std::int64_t) {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    });
    EXPECT_EQ(static_cast<int>(threads.size()), count);
  }
  at::set_num_threads(before);
}

}  // namespace
}  // namespace stapes
