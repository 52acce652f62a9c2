// SPDX-License-Identifier: Apache-2.0
// start.cpp: startup from reset to main() on a 32-bit RISC-V core in machine mode, and the trap handler.
#include <stdint.h>

#include "memory.h"
#include "print.h"
#include "semihosting.h"

extern "C" {
int main();
uint32_t firmware_trap_stack[64];  // separate, since the main stack may have caused the trap
}

// `pc`: address of the trapping instruction; `caller`: value of ra.
extern "C" [[noreturn, gnu::used]] void firmware_report_trap(uint32_t cause, uint32_t pc, uint32_t caller) {
  firmware::print("fault ");
  firmware::print(uint64_t{cause});
  firmware::print(" pc ");
  firmware::print_hex(pc);
  firmware::print(" lr ");
  firmware::print_hex(caller);
  firmware::print("\n");
  firmware::exit_with(firmware::kFaulted);
}

extern "C" [[gnu::naked, gnu::used, gnu::aligned(4)]] void firmware_trap() {
  asm volatile(
      "csrr a0, mcause\n"
      "csrr a1, mepc\n"
      "mv a2, ra\n"
      "la sp, firmware_trap_stack + 256\n"
      "j firmware_report_trap\n");
}

extern "C" [[noreturn, gnu::used]] void firmware_prepare_and_run() {
  firmware::prepare_memory();
  firmware::exit_with(static_cast<uintptr_t>(main()));
}

extern "C" [[gnu::naked, gnu::section(".vectors"), gnu::used]] void firmware_reset() {
  asm volatile(
      ".option push\n .option norelax\n la gp, __global_pointer$\n .option pop\n"
      "la sp, firmware_stack_top\n"
      "la t0, firmware_trap\n"
      "csrw mtvec, t0\n"
      "j firmware_prepare_and_run\n");
}
