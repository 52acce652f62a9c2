// SPDX-License-Identifier: Apache-2.0
// start.cpp: startup from reset to main() on a Cortex-M, and the fault handler.
#include <stdint.h>

#include "memory.h"
#include "print.h"
#include "semihosting.h"

extern "C" {
int main();
void firmware_reset();
void firmware_fault();
uint32_t firmware_fault_stack[64];  // separate, since the main stack may have caused the fault
}

namespace {

// The M55's vector unit uses the FPU's registers: one switch enables both.
void enable_coprocessors() {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  auto* const access = reinterpret_cast<volatile uint32_t*>(0xE000ED88);  // CPACR
  *access = *access | 0xFu << 20;
  asm volatile("dsb\n isb" ::: "memory");
#endif
}

// Without its loop cache, the M55 takes a branch in every iteration of a low-overhead loop.
void enable_loop_cache() {
#if defined(__ARM_FEATURE_MVE)
  auto* const control = reinterpret_cast<volatile uint32_t*>(0xE000ED14);  // CCR, bit 19: LOB
  *control = *control | 1u << 19;
  asm volatile("dsb\n isb" ::: "memory");
#endif
}

}  // namespace

extern "C" void firmware_reset() {
  enable_coprocessors();
  enable_loop_cache();
  firmware::prepare_memory();
  firmware::exit_with(static_cast<uintptr_t>(main()));
}

// `frame`: registers pushed by the core (r0-r3, r12, lr, pc, xpsr).
extern "C" [[noreturn, gnu::used]] void firmware_report_fault(const uint32_t* frame, uint32_t exception) {
  firmware::print("fault ");
  firmware::print(uint64_t{exception});
  firmware::print(" pc ");
  firmware::print_hex(frame[6]);
  firmware::print(" lr ");
  firmware::print_hex(frame[5]);
  firmware::print("\n");
  firmware::exit_with(firmware::kFaulted);
}

// Every exception is a fault: no image enables interrupts.
extern "C" [[gnu::naked]] void firmware_fault() {
  asm volatile(
      "mov r0, sp\n"
      "mrs r1, ipsr\n"
      "ldr r2, =firmware_fault_stack + 256\n"
      "mov sp, r2\n"
      "ldr r2, =firmware_report_fault\n"
      "bx r2\n"
      ".pool\n");
}

using Handler = void (*)();

struct VectorTable {
  uint32_t* stack;
  Handler handlers[15];
};

extern "C" [[gnu::section(".vectors"), gnu::used]] const VectorTable firmware_vectors = {
    firmware_stack_top,
    {firmware_reset, firmware_fault, firmware_fault, firmware_fault, firmware_fault, firmware_fault, firmware_fault,
     firmware_fault, firmware_fault, firmware_fault, firmware_fault, firmware_fault, firmware_fault, firmware_fault,
     firmware_fault}};
