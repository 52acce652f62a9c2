// SPDX-License-Identifier: Apache-2.0
// semihosting.h: printing and exit through calls that the emulator handles.
// Arm: "Semihosting for AArch32 and AArch64"; RISC-V: "RISC-V Semihosting". Both use the same operation numbers.
#pragma once

#include <stdint.h>

namespace firmware {

inline uintptr_t semihosting(uintptr_t operation, const void* argument) {
#if defined(__arm__)
  register uintptr_t r0 asm("r0") = operation;
  register const void* r1 asm("r1") = argument;
  asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
#elif defined(__riscv)
  register uintptr_t a0 asm("a0") = operation;
  register const void* a1 asm("a1") = argument;
  // The three instructions must be uncompressed and in one page.
  asm volatile(
      ".balign 16\n .option push\n .option norvc\n"
      "slli x0, x0, 0x1f\n ebreak\n srai x0, x0, 7\n .option pop"
      : "+r"(a0)
      : "r"(a1)
      : "memory");
  return a0;
#else
#error "semihosting supports only Cortex-M and RISC-V"
#endif
}

[[noreturn]] inline void exit_with(uintptr_t status) {
  constexpr uintptr_t kExitExtended = 0x20, kApplicationExit = 0x20026;
  const uintptr_t block[2] = {kApplicationExit, status};
  for (;;) semihosting(kExitExtended, block);
}

}  // namespace firmware
