// SPDX-License-Identifier: Apache-2.0
#include "count_call.h"

#include "counter.h"
#include "memory.h"

namespace firmware {
namespace {

constexpr uint32_t kPaint = 0xa5c35a3c;
constexpr uint32_t kGuardWords = 16;

[[gnu::always_inline]] inline uint32_t* stack_pointer() {
  uint32_t* sp;
#if defined(__arm__)
  asm volatile("mov %0, sp" : "=r"(sp));
#else
  asm volatile("mv %0, sp" : "=r"(sp));
#endif
  return sp;
}

void nothing(void*) { asm volatile(""); }

struct Run {
  Reading before, after;
  uint32_t* sp;
};

// One function, so that the instructions between call and readings are always the same.
[[gnu::noinline]] void run_between_readings(void (*function)(void*), void* argument, Run& run) {
  uint32_t* const sp = stack_pointer();
  run.sp = sp;
  for (volatile uint32_t* word = firmware_stack_limit; word < sp; ++word) *word = kPaint;
  run.before = read_counter();
  function(argument);
  run.after = read_counter();
}

}  // namespace

bool count_call(void (*function)(void*), void* argument, CallCost& cost) {
  Run empty, run;
  run_between_readings(nothing, argument, empty);
  run_between_readings(function, argument, run);
  const uint32_t* lowest = firmware_stack_limit;
  while (lowest < run.sp && *lowest == kPaint) ++lowest;
  cost.stack_bytes = static_cast<uint32_t>(run.sp - lowest) * sizeof(uint32_t);
  constexpr uint64_t kReturn = 1;  // nothing() is only a return
  cost.instructions = elapsed(run.before, run.after) + kReturn - elapsed(empty.before, empty.after);
  return lowest >= firmware_stack_limit + kGuardWords;
}

}  // namespace firmware
