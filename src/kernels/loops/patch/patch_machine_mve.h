// SPDX-License-Identifier: Apache-2.0
// patch_machine_mve.h: products of patches and filters on Armv8.1-M with vectors (Cortex-M55): VMLADAVA multiplies 16
// pairs of bytes and adds all products to one register.
//
// For three positions and two filters, a chunk of 16 elements takes
//   two vectors of weights, three of elements     VLDRB
//   for each position and filter: sum += products  VMLADAVA
//   the loop                                       LETP, which also hides what lies behind the end of the patch
// 12 instructions for 96 MACs; for one position and four filters 10 for 64. Sums must be in registers of even numbers,
// of which LR counts the loop. Rescaling takes 11 instructions for four outputs of a position.
#pragma once

#if !(__ARM_FEATURE_MVE & 1)
#error "compile this for a core with integer vectors, such as -mcpu=cortex-m55"
#endif

#include <stddef.h>
#include <stdint.h>

#include "kernels/bytes_mve.h"
#include "kernels/loops/patch/patch_conv.h"

namespace stapes {

struct MvePatchMemory {
  STAPES_ALWAYS_INLINE void copy(const int8_t* from, int32_t from_next, int32_t rows, int32_t count, int8_t* to,
                                 int32_t to_next) {
    const int8_t* source;
    int8_t* target;
    __asm__ volatile(
        "1:\n\t"  // a row
        "mov %[source], %[from]\n\t"
        "mov %[target], %[to]\n\t"
        "dlstp.8 lr, %[count]\n"
        "2:\n\t"
        "vldrb.u8 q0, [%[source]], #16\n\t"
        "vstrb.8 q0, [%[target]], #16\n\t"
        "letp lr, 2b\n\t"
        "add %[from], %[from], %[from_next]\n\t"
        "add %[to], %[to], %[to_next]\n\t"
        "subs %[rows], %[rows], #1\n\t"
        "bne 1b"
        : [from] "+r"(from), [to] "+r"(to), [rows] "+r"(rows), [source] "=&r"(source), [target] "=&r"(target)
        : [from_next] "r"(from_next), [to_next] "r"(to_next), [count] "r"(count)
        : "q0", "lr", "cc", "memory");
  }
  STAPES_ALWAYS_INLINE void fill(int8_t* to, int32_t count, int32_t value) { mve_fill_bytes(to, count, value); }
};

// clang-format off
// rescale() of the four sums in q2, with multipliers in q0 and shifts to the right, negative, in q1:
//   high = the high half of twice the product, rounded; high -= 1 where it is negative and is shifted
// then the zero point, the limits, and a byte for each.
#define STAPES_MVE_FINISH(sums, left, output) \
  "vldrw.u32 q2, [%[sums]" sums "\n\t"        \
  left                                        \
  "vqrdmulh.s32 q2, q2, q0\n\t"               \
  "vand q3, q2, q1\n\t"                       \
  "vshr.s32 q3, q3, #31\n\t"                  \
  "vadd.i32 q2, q2, q3\n\t"                   \
  "vrshl.s32 q2, q2, q1\n\t"                  \
  "vadd.i32 q2, q2, %[zero_point]\n\t"        \
  "vmax.s32 q2, q2, q4\n\t"                   \
  "vmin.s32 q2, q2, q5\n\t"                   \
  "vstrb.32 q2, [%[" output "]], #4\n\t"

// Shifts to the left, which are rare, come before the product.
#define STAPES_MVE_SPLIT_SHIFTS \
  "vmov.i32 q6, #0\n\t"         \
  "vmax.s32 q7, q1, q6\n\t"     \
  "vmin.s32 q1, q1, q6\n\t"
#define STAPES_MVE_SHIFT_LEFT "vshl.s32 q2, q2, q7\n\t"

// Four filters at a time; behind the last of them the loop hides lanes.
#define STAPES_MVE_FINISH_LOOP(split, positions) \
  "vdup.32 q4, %[minimum]\n\t"                   \
  "vdup.32 q5, %[maximum]\n\t"                   \
  "dlstp.32 lr, %[filters]\n"                    \
  "1:\n\t"                                       \
  "vldrw.u32 q0, [%[multiplier]], #16\n\t"       \
  "vldrw.u32 q1, [%[shift]], #16\n\t"            \
  split                                          \
  positions                                      \
  "letp lr, 1b"
// clang-format on

struct MvePatch : MvePatchSizes, MvePatchMemory {
  static __attribute__((noinline)) void run(const PatchBlock<MvePatch>& block) {
    sum(block);
    finish(block);
  }

 private:
  // r1, r3, r5: the patches; r9: weights; r12: first sums; r7: sums, saved by hand, since builds without optimisation
  // keep it; r11: the arguments.
  STAPES_ALWAYS_INLINE void sum(const PatchBlock<MvePatch>& block) {
    static_assert(kPatchTile == 64, "offsets of sums");
    register const PatchBlock<MvePatch>* const arguments __asm__("r11") = &block;
    __asm__ volatile(
        "push {r7}\n\t"
        "ldrd r9, r12, [r11, #16]\n\t"
        "ldr r7, [r11, #28]\n"
        "1:\n\t"  // a block
        "ldm r11, {r1, r3, r5, lr}\n\t"
        "ldrd r0, r2, [r12], #8\n\t"
        "mov r4, r0\n\t"
        "mov r6, r2\n\t"
        "mov r8, r0\n\t"
        "mov r10, r2\n\t"
        "dlstp.8 lr, lr\n"
        "2:\n\t"  // a chunk
        "vldrb.u8 q0, [r9], #32\n\t"
        "vldrb.u8 q2, [r1], #16\n\t"
        "vmladava.s8 r0, q2, q0\n\t"
        "vldrb.u8 q1, [r9, #-16]\n\t"
        "vmladava.s8 r2, q2, q1\n\t"
        "vldrb.u8 q3, [r3], #16\n\t"
        "vmladava.s8 r4, q3, q0\n\t"
        "vldrb.u8 q2, [r5], #16\n\t"
        "vmladava.s8 r6, q3, q1\n\t"
        "vmladava.s8 r8, q2, q0\n\t"
        "vmladava.s8 r10, q2, q1\n\t"
        "letp lr, 2b\n\t"
        "ldr lr, [r11, #24]\n\t"
        "strd r0, r2, [r7], #8\n\t"
        "strd r4, r6, [r7, #248]\n\t"
        "strd r8, r10, [r7, #504]\n\t"
        "cmp r12, lr\n\t"
        "bne 1b\n\t"
        "pop {r7}"
        :
        : "r"(arguments)
        : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12", "lr", "q0", "q1", "q2", "q3", "cc",
          "memory");
  }

  STAPES_ALWAYS_INLINE void finish(const PatchBlock<MvePatch>& b) {
    const int32_t *sums = b.sums, *multiplier = b.multiplier, *shift = b.shift;
    int8_t *first = b.output[0], *second = b.output[1], *third = b.output[2];
    // clang-format off
#define STAPES_MVE_FINISH_ALL(split, left)                                                                       \
  __asm__ volatile(STAPES_MVE_FINISH_LOOP(split, STAPES_MVE_FINISH("], #16", left, "first")                      \
                                                 STAPES_MVE_FINISH(", #240]", left, "second")                    \
                                                 STAPES_MVE_FINISH(", #496]", left, "third"))                    \
                   : [sums] "+r"(sums), [multiplier] "+r"(multiplier), [shift] "+r"(shift),                      \
                     [first] "+l"(first), [second] "+l"(second), [third] "+l"(third)                             \
                   : [filters] "r"(b.filters), [zero_point] "r"(b.zero_point), [minimum] "r"(b.minimum),         \
                     [maximum] "r"(b.maximum)                                                                    \
                   : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory")
    // clang-format on
    if (b.shifts_left) {
      STAPES_MVE_FINISH_ALL(STAPES_MVE_SPLIT_SHIFTS, STAPES_MVE_SHIFT_LEFT);
    } else {
      STAPES_MVE_FINISH_ALL("", "");
    }
#undef STAPES_MVE_FINISH_ALL
  }
};

struct MveSinglePatch : MveSinglePatchSizes, MvePatchMemory {
  static __attribute__((noinline)) void run(const PatchBlock<MveSinglePatch>& block) {
    sum(block);
    finish(block);
  }

 private:
  // r1: the patch; r9: weights; r12 and r3: first sums and their end; r5: sums; r11: the arguments.
  STAPES_ALWAYS_INLINE void sum(const PatchBlock<MveSinglePatch>& block) {
    register const PatchBlock<MveSinglePatch>* const arguments __asm__("r11") = &block;
    __asm__ volatile(
        "ldrd r9, r12, [r11, #8]\n\t"
        "ldrd r3, r5, [r11, #16]\n"
        "1:\n\t"  // a block
        "ldrd r1, lr, [r11]\n\t"
        "ldm r12!, {r0, r2, r4, r6}\n\t"
        "dlstp.8 lr, lr\n"
        "2:\n\t"  // a chunk
        "vldrb.u8 q0, [r1], #16\n\t"
        "vldrb.u8 q1, [r9], #64\n\t"
        "vmladava.s8 r0, q0, q1\n\t"
        "vldrb.u8 q2, [r9, #-48]\n\t"
        "vmladava.s8 r2, q0, q2\n\t"
        "vldrb.u8 q1, [r9, #-32]\n\t"
        "vmladava.s8 r4, q0, q1\n\t"
        "vldrb.u8 q2, [r9, #-16]\n\t"
        "vmladava.s8 r6, q0, q2\n\t"
        "letp lr, 2b\n\t"
        "stm r5!, {r0, r2, r4, r6}\n\t"
        "cmp r12, r3\n\t"
        "bne 1b"
        :
        : "r"(arguments)
        : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r9", "r12", "lr", "q0", "q1", "q2", "cc", "memory");
  }

  STAPES_ALWAYS_INLINE void finish(const PatchBlock<MveSinglePatch>& b) {
    const int32_t *sums = b.sums, *multiplier = b.multiplier, *shift = b.shift;
    int8_t* output = b.output[0];
    // clang-format off
#define STAPES_MVE_FINISH_ONE(split, left)                                                                       \
  __asm__ volatile(STAPES_MVE_FINISH_LOOP(split, STAPES_MVE_FINISH("], #16", left, "output"))                    \
                   : [sums] "+r"(sums), [multiplier] "+r"(multiplier), [shift] "+r"(shift), [output] "+l"(output)\
                   : [filters] "r"(b.filters), [zero_point] "r"(b.zero_point), [minimum] "r"(b.minimum),         \
                     [maximum] "r"(b.maximum)                                                                    \
                   : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "lr", "memory")
    // clang-format on
    if (b.shifts_left) {
      STAPES_MVE_FINISH_ONE(STAPES_MVE_SPLIT_SHIFTS, STAPES_MVE_SHIFT_LEFT);
    } else {
      STAPES_MVE_FINISH_ONE("", "");
    }
#undef STAPES_MVE_FINISH_ONE
  }
};

#undef STAPES_MVE_FINISH_LOOP
#undef STAPES_MVE_SHIFT_LEFT
#undef STAPES_MVE_SPLIT_SHIFTS
#undef STAPES_MVE_FINISH

}  // namespace stapes
