// SPDX-License-Identifier: Apache-2.0
// known_work.cpp: measures assembler functions of known instruction count and stack size. Prints expected and measured
// values, which src/emulate compares.
#include <stdint.h>

#include "count_call.h"
#include "print.h"

namespace {

using firmware::print;

// 2 instructions per iteration plus the return: 2 * turns + 1.
[[gnu::naked, gnu::noinline]] void loop(void* /*turns*/) {
#if defined(__arm__)
  asm volatile(".syntax unified\n 1: subs r0, r0, #1\n bne 1b\n bx lr");
#else
  asm volatile("1: addi a0, a0, -1\n bnez a0, 1b\n ret");
#endif
}

// 102 instructions per iteration plus the return. Long blocks are emulated much faster than short ones.
[[gnu::naked, gnu::noinline]] void long_loop(void* /*turns*/) {
#if defined(__arm__)
  asm volatile(".syntax unified\n 1: .rept 100\n nop\n .endr\n subs r0, r0, #1\n bne 1b\n bx lr");
#else
  asm volatile("1: .rept 100\n nop\n .endr\n addi a0, a0, -1\n bnez a0, 1b\n ret");
#endif
}

// 8 instructions on Arm, 4 on RISC-V. Writes the deepest word of a 1024-byte frame.
[[gnu::naked, gnu::noinline]] void frame_of_1024(void*) {
#if defined(__arm__)
  asm volatile(
      ".syntax unified\n sub sp, sp, #504\n sub sp, sp, #504\n sub sp, sp, #16\n str r0, [sp]\n"
      "add sp, sp, #504\n add sp, sp, #504\n add sp, sp, #16\n bx lr");
#else
  asm volatile("addi sp, sp, -1024\n sw a0, 0(sp)\n addi sp, sp, 1024\n ret");
#endif
}

#if defined(__arm__)
constexpr uint64_t kFrameInstructions = 8;
#else
constexpr uint64_t kFrameInstructions = 4;
#endif

bool report(const char* what, void (*function)(void*), uintptr_t argument, uint64_t instructions,
            uint32_t stack_bytes) {
  firmware::CallCost cost;
  const bool fits = firmware::count_call(function, reinterpret_cast<void*>(argument), cost);
  print("known ");
  print(what);
  print(" ");
  print(cost.instructions);
  print(" ");
  print(instructions);
  print(" ");
  print(uint64_t{cost.stack_bytes});
  print(" ");
  print(uint64_t{stack_bytes});
  print("\n");
  return fits;
}

}  // namespace

int main() {
  bool fits = true;
  // Different lengths, so that readings fall on different fractions of a tick.
  const uint32_t all_turns[] = {1, 2, 3, 5, 8, 13, 21, 34, 1000, 65537};
  for (const uint32_t turns : all_turns) {
    fits &= report("loop", loop, turns, uint64_t{2} * turns + 1, 0);
  }
  constexpr uint32_t kTurns = 14'000'000;  // overflows the counter's 32 bits
  fits &= report("long_loop", long_loop, kTurns, uint64_t{102} * kTurns + 1, 0);
  fits &= report("frame", frame_of_1024, 0, kFrameInstructions, 1024);
  print("end\n");
  return fits ? 0 : 1;
}
