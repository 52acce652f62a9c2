// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "base/error.h"

namespace stapes {
namespace {

TEST(ParallelFor, DoesEveryIndexOnce) {
  std::vector<std::atomic<int>> done(1000);
  parallel_for(done.size(), 4, [&](std::size_t i) { ++done[i]; });
  for (const auto& n : done) EXPECT_EQ(n, 1);
}

TEST(ParallelFor, RethrowsTheFirstFailureAndStops) {
  std::atomic<int> calls = 0;
  EXPECT_THROW(parallel_for(1000000, 2,
                            [&](std::size_t) {
                              ++calls;
                              throw Error("broken");
                            }),
               Error);
  EXPECT_LE(calls, 2);
}

}  // namespace
}  // namespace stapes
