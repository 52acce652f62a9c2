// SPDX-License-Identifier: Apache-2.0
// report_cost.cpp: measures time, since the host cannot count instructions.
#include <stdlib.h>

#include "cost.h"
#include "counter.h"
#include "print.h"

namespace firmware {
namespace {

constexpr int kRuns = 101;

int by_size(const void* a, const void* b) {
  const uint64_t x = *static_cast<const uint64_t*>(a), y = *static_cast<const uint64_t*>(b);
  return (x > y) - (x < y);
}

}  // namespace

bool report_cost(void (*function)(void*), void* argument) {
  uint64_t nanoseconds[kRuns];
  function(argument);  // caches are cold only on the first run
  for (uint64_t& run : nanoseconds) {
    const Reading before = read_counter();
    function(argument);
    run = elapsed(before, read_counter());
  }
  qsort(nanoseconds, kRuns, sizeof nanoseconds[0], by_size);
  print("nanoseconds ");
  print(nanoseconds[kRuns / 2]);
  print("\n");
  return true;
}

}  // namespace firmware
