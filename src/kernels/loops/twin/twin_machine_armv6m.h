// SPDX-License-Identifier: Apache-2.0
// twin_machine_armv6m.h: twin_conv.h on Armv6-M (Cortex-M0, M0+). Four taps and four positions, 16 MACs: LDM of four
// weights, 6 instructions that separate them, three LDM of words, 8 MULS, 6 additions, 8 to split two words. If only
// two taps fit: 4 additions, one LDM less, 16 to split four. With the loop, that is 2.1 or 2.4 instructions per
// MAC. Sums are in high registers, which only MOV, ADD and CMP can use.
#pragma once

#if !defined(__ARM_ARCH_6M__)
#error "compile this for Armv6-M, for example with -mcpu=cortex-m0"
#endif

#include "kernels/loops/twin/twin_machine_plain.h"
#include "kernels/rescale_armv6m.h"

namespace stapes {

// Read and written by the assembler code in this order.
struct ArmV6MTwinTile {
  TwinTile tile;
  uint32_t less_for_twos, less_for_fours;  // the total of the 2^15 terms added to S
};

// clang-format off
#define STAPES_ARMV6M_TWIN_SPLIT(word, all, upper) \
  "add " word ", r12\n\t"                          \
  "add " all ", " word "\n\t"                      \
  "asrs " word ", " word ", #16\n\t"               \
  "add " upper ", " word "\n\t"
#define STAPES_ARMV6M_TWIN_SPLIT_BOTH              \
  STAPES_ARMV6M_TWIN_SPLIT("r2", "r8", "r10")      \
  STAPES_ARMV6M_TWIN_SPLIT("r3", "r9", "r11")
#define STAPES_ARMV6M_TWIN_NEXT_WEIGHT             \
  "asrs r7, r7, #8\n\t"                            \
  "sxtb r6, r7\n\t"
#define STAPES_ARMV6M_TWIN_MULTIPLY(a, b, weight)  \
  "muls " a ", " weight ", " a "\n\t"              \
  "muls " b ", " weight ", " b "\n\t"
#define STAPES_ARMV6M_TWIN_ADD                     \
  "adds r2, r2, r4\n\t"                            \
  "adds r3, r3, r5\n\t"
#define STAPES_ARMV6M_TWIN_RESCALE_LOWER(all, upper) \
  "mov r2, " upper "\n\t"                           \
  "lsls r2, r2, #16\n\t"                            \
  "mov r0, " all "\n\t"                             \
  "subs r0, r0, r2\n\t"                             \
  STAPES_ARMV6M_RESCALE
#define STAPES_ARMV6M_TWIN_STORE(distance)         \
  "ldr r7, [sp]\n\t"                               \
  "ldr r3, [r7, #" distance "]\n\t"                \
  "strb r2, [r1, r3]\n\t"
// clang-format on

// Not inlined, to keep registers free. Saves r7, the frame pointer of unoptimized builds.
static __attribute__((noinline)) void armv6m_twin_tile(ArmV6MTwinTile& tile) {
  register ArmV6MTwinTile* at_tile __asm__("r0") = &tile;
  __asm__ volatile(
      ".syntax unified\n\t"
      "push {r0, r7}\n\t"
      "movs r2, #128\n\t"
      "lsls r2, r2, #8\n\t"
      "mov r12, r2\n"
      "1:\n\t" /* a filter */
      "ldr r7, [sp]\n\t"
      "ldr r0, [r7, #0]\n\t"
      "ldr r2, [r7, #4]\n\t"
      "ldr r1, [r7, #24]\n\t"
      "ldr r3, [r1, #0]\n\t"
      "mov r10, r3\n\t"
      "mov r11, r3\n\t"
      "lsls r4, r3, #16\n\t"
      "adds r3, r3, r4\n\t"
      "ldrh r5, [r1, #14]\n\t"
      "adds r1, r1, #16\n\t"
      "adds r2, r2, r1\n\t"
      "mov lr, r2\n\t"
      "cmp r5, #4\n\t"
      "beq 3f\n\t"
      "ldr r4, [r7, #32]\n\t"
      "subs r3, r3, r4\n\t"
      "mov r8, r3\n\t"
      "mov r9, r3\n"
      "2:\n\t" /* four taps, two by two */
      "ldmia r1!, {r7}\n\t"
      "ldmia r0!, {r2-r5}\n\t"
      "sxtb r6, r7\n\t"
      STAPES_ARMV6M_TWIN_MULTIPLY("r2", "r3", "r6")
      STAPES_ARMV6M_TWIN_NEXT_WEIGHT
      STAPES_ARMV6M_TWIN_MULTIPLY("r4", "r5", "r6")
      STAPES_ARMV6M_TWIN_ADD
      STAPES_ARMV6M_TWIN_SPLIT_BOTH
      STAPES_ARMV6M_TWIN_NEXT_WEIGHT
      "ldmia r0!, {r2-r5}\n\t"
      STAPES_ARMV6M_TWIN_MULTIPLY("r2", "r3", "r6")
      "asrs r7, r7, #8\n\t"
      STAPES_ARMV6M_TWIN_MULTIPLY("r4", "r5", "r7")
      STAPES_ARMV6M_TWIN_ADD
      STAPES_ARMV6M_TWIN_SPLIT_BOTH
      "cmp r1, lr\n\t"
      "bne 2b\n\t"
      "b 5f\n"
      "3:\n\t"
      "ldr r4, [r7, #36]\n\t"
      "subs r3, r3, r4\n\t"
      "mov r8, r3\n\t"
      "mov r9, r3\n"
      "4:\n\t" /* four taps at once */
      "ldmia r1!, {r7}\n\t"
      "ldmia r0!, {r2-r5}\n\t"
      "sxtb r6, r7\n\t"
      STAPES_ARMV6M_TWIN_MULTIPLY("r2", "r3", "r6")
      STAPES_ARMV6M_TWIN_NEXT_WEIGHT
      STAPES_ARMV6M_TWIN_MULTIPLY("r4", "r5", "r6")
      STAPES_ARMV6M_TWIN_ADD
      STAPES_ARMV6M_TWIN_NEXT_WEIGHT
      "ldmia r0!, {r4, r5}\n\t"
      STAPES_ARMV6M_TWIN_MULTIPLY("r4", "r5", "r6")
      STAPES_ARMV6M_TWIN_ADD
      "asrs r7, r7, #8\n\t"
      "ldmia r0!, {r4, r5}\n\t"
      STAPES_ARMV6M_TWIN_MULTIPLY("r4", "r5", "r7")
      STAPES_ARMV6M_TWIN_ADD
      STAPES_ARMV6M_TWIN_SPLIT_BOTH
      "cmp r1, lr\n\t"
      "bne 4b\n"
      "5:\n\t"
      "ldr r7, [sp]\n\t"
      "ldr r2, [r7, #4]\n\t"
      "str r1, [r7, #24]\n\t"
      "subs r1, r1, r2\n\t"
      "subs r1, r1, #16\n\t"
      "ldr r5, [r1, #4]\n\t"
      "uxth r4, r5\n\t"
      "lsrs r5, r5, #16\n\t"
      "ldr r6, [r1, #8]\n\t"
      "mov lr, r6\n\t"
      "ldrh r6, [r1, #12]\n\t"
      "ldr r1, [r7, #8]\n\t"
      "adds r2, r1, #1\n\t"
      "str r2, [r7, #8]\n\t"
      STAPES_ARMV6M_TWIN_RESCALE_LOWER("r8", "r10")
      "strb r2, [r1]\n\t"
      "mov r0, r10\n\t"
      STAPES_ARMV6M_RESCALE
      STAPES_ARMV6M_TWIN_STORE("12")
      STAPES_ARMV6M_TWIN_RESCALE_LOWER("r9", "r11")
      STAPES_ARMV6M_TWIN_STORE("16")
      "mov r0, r11\n\t"
      STAPES_ARMV6M_RESCALE
      STAPES_ARMV6M_TWIN_STORE("20")
      "ldr r1, [r7, #24]\n\t"
      "ldr r2, [r7, #28]\n\t"
      "cmp r1, r2\n\t"
      "beq 6f\n\t"
      "b 1b\n"
      "6:\n\t"
      "pop {r0, r7}"
      : "+r"(at_tile)
      :
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#undef STAPES_ARMV6M_TWIN_STORE
#undef STAPES_ARMV6M_TWIN_RESCALE_LOWER
#undef STAPES_ARMV6M_TWIN_ADD
#undef STAPES_ARMV6M_TWIN_MULTIPLY
#undef STAPES_ARMV6M_TWIN_NEXT_WEIGHT
#undef STAPES_ARMV6M_TWIN_SPLIT_BOTH
#undef STAPES_ARMV6M_TWIN_SPLIT

struct ArmV6MTwin : PlainTwin {
  STAPES_ALWAYS_INLINE void run(const TwinTile& tile) {
    const auto run = static_cast<uint32_t>(tile.run);
    ArmV6MTwinTile state{tile, run / 2 * kTwinHalf, run / 4 * kTwinHalf};
    armv6m_twin_tile(state);
  }
};

}  // namespace stapes
