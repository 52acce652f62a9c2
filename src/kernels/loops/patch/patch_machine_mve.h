// SPDX-License-Identifier: Apache-2.0
// patch_machine_mve.h: products of patches and filters on Armv8.1-M with MVE (Cortex-M55). VMLADAVA multiplies 16 pairs
// of bytes and adds all products to one register.
//
// For three positions and two filters, a chunk of 16 elements takes
//   two vectors of weights, three of elements      VLDRB
//   for each position and filter: sum += products  VMLADAVA
//   the loop                                       LETP, which also masks the lanes after the end of the patch
// 12 instructions for 96 MACs; with one position and four filters, 10 for 64. Sums must be in even registers; the even
// register LR is the loop counter. Rescaling takes 11 instructions for four outputs of a position.
#pragma once

#if !(__ARM_FEATURE_MVE & 1)
#error "compile this for a core with integer MVE (Helium), for example with -mcpu=cortex-m55"
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
// Rescales the four sums in q2, with multipliers in q0 and right shifts (negative) in q1:
//   high = the high half of twice the product, rounded; high -= 1 if high < 0 and the shift is not 0
// Then adds the zero point (r10), applies the limits (q4, q5), and stores one byte each.
#define STAPES_MVE_FINISH(sums, left, output) \
  "vldrw.u32 q2, [r0" sums "\n\t"             \
  left                                        \
  "vqrdmulh.s32 q2, q2, q0\n\t"               \
  "vand q3, q2, q1\n\t"                       \
  "vshr.s32 q3, q3, #31\n\t"                  \
  "vadd.i32 q2, q2, q3\n\t"                   \
  "vrshl.s32 q2, q2, q1\n\t"                  \
  "vadd.i32 q2, q2, r10\n\t"                  \
  "vmax.s32 q2, q2, q4\n\t"                   \
  "vmin.s32 q2, q2, q5\n\t"                   \
  "vstrb.32 q2, [" output "], #4\n\t"

// Left shifts are rare and precede the product.
#define STAPES_MVE_SPLIT_SHIFTS \
  "vmov.i32 q6, #0\n\t"         \
  "vmax.s32 q7, q1, q6\n\t"     \
  "vmin.s32 q1, q1, q6\n\t"
#define STAPES_MVE_SHIFT_LEFT "vshl.s32 q2, q2, q7\n\t"

// Four filters at a time; the loop masks lanes after the last filter. `load` sets r0: sums, r1 to r3: outputs, r4, r5:
// limits, r8: multipliers, r9: shifts, r10: zero point, lr: number of filters. r11: the block.
#define STAPES_MVE_FINISH_LOOP(load, split, positions)                                                           \
  __asm__ volatile(                                                                                              \
      load                                                                                                       \
      "vdup.32 q4, r4\n\t"                                                                                       \
      "vdup.32 q5, r5\n\t"                                                                                       \
      "dlstp.32 lr, lr\n"                                                                                        \
      "1:\n\t"                                                                                                   \
      "vldrw.u32 q0, [r8], #16\n\t"                                                                              \
      "vldrw.u32 q1, [r9], #16\n\t"                                                                              \
      split                                                                                                      \
      positions                                                                                                  \
      "letp lr, 1b"                                                                                              \
      :                                                                                                          \
      : "r"(arguments)                                                                                           \
      : "r0", "r1", "r2", "r3", "r4", "r5", "r8", "r9", "r10", "lr", "q0", "q1", "q2", "q3", "q4", "q5", "q6",    \
        "q7", "memory")
// clang-format on

struct MvePatch : MvePatchSizes, MvePatchMemory {
  static __attribute__((noinline)) void run(const PatchBlock<MvePatch>& block) {
    if (block.length <= kPatchChunk) {
      sum_short<1>(block);
    } else if (block.length <= 2 * kPatchChunk) {
      sum_short<2>(block);
    } else {
      sum(block);
    }
    finish(block);
  }

 private:
  // Loads patches of one or two chunks once for all filters. Registers as in sum(); lanes after the end of a patch are
  // 0.
  template <int32_t kChunks>
  STAPES_ALWAYS_INLINE void sum_short(const PatchBlock<MvePatch>& block) {
    register const PatchBlock<MvePatch>* const arguments __asm__("r11") = &block;
    // clang-format off
#define STAPES_MVE_SUM_SHORT(load, products)                                                                      \
  __asm__ volatile(                                                                                               \
      "push {r7}\n\t"                                                                                             \
      "ldm r11, {r1, r3, r5, r6}\n\t"                                                                             \
      "ldrd r9, r12, [r11, #16]\n\t"                                                                              \
      "ldrd r4, r7, [r11, #24]\n\t"                                                                               \
      load                                                                                                        \
      "sub r4, r4, r12\n\t"                                                                                       \
      "lsrs r4, r4, #3\n\t"                                                                                       \
      "dls lr, r4\n"                                                                                              \
      "1:\n\t" /* a block */                                                                                      \
      "ldrd r0, r2, [r12], #8\n\t"                                                                                \
      "mov r4, r0\n\t"                                                                                            \
      "mov r6, r2\n\t"                                                                                            \
      "mov r8, r0\n\t"                                                                                            \
      "mov r10, r2\n\t"                                                                                           \
      products                                                                                                    \
      "strd r0, r2, [r7], #8\n\t"                                                                                 \
      "strd r4, r6, [r7, #248]\n\t"                                                                               \
      "strd r8, r10, [r7, #504]\n\t"                                                                              \
      "le lr, 1b\n\t"                                                                                             \
      "pop {r7}"                                                                                                  \
      :                                                                                                           \
      : "r"(arguments)                                                                                            \
      : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12", "lr", "q0", "q1", "q2", "q3", "q4",   \
        "q5", "q6", "q7", "cc", "memory")
#define STAPES_MVE_SIX_PRODUCTS(x, y, z) \
  "vldrb.u8 q0, [r9], #32\n\t"           \
  "vldrb.u8 q1, [r9, #-16]\n\t"          \
  "vmladava.s8 r0, " x ", q0\n\t"        \
  "vmladava.s8 r2, " x ", q1\n\t"        \
  "vmladava.s8 r4, " y ", q0\n\t"        \
  "vmladava.s8 r6, " y ", q1\n\t"        \
  "vmladava.s8 r8, " z ", q0\n\t"        \
  "vmladava.s8 r10, " z ", q1\n\t"
    // clang-format on
    if (kChunks == 1) {
      STAPES_MVE_SUM_SHORT(
          "vctp.8 r6\n\t"
          "vpsttt\n\t"
          "vldrbt.u8 q2, [r1]\n\t"
          "vldrbt.u8 q3, [r3]\n\t"
          "vldrbt.u8 q4, [r5]\n\t",
          STAPES_MVE_SIX_PRODUCTS("q2", "q3", "q4"));
    } else {
      STAPES_MVE_SUM_SHORT(
          "vldrb.u8 q2, [r1]\n\t"
          "vldrb.u8 q3, [r3]\n\t"
          "vldrb.u8 q4, [r5]\n\t"
          "subs r6, r6, #16\n\t"
          "vctp.8 r6\n\t"
          "vpsttt\n\t"
          "vldrbt.u8 q5, [r1, #16]\n\t"
          "vldrbt.u8 q6, [r3, #16]\n\t"
          "vldrbt.u8 q7, [r5, #16]\n\t",
          STAPES_MVE_SIX_PRODUCTS("q2", "q3", "q4") STAPES_MVE_SIX_PRODUCTS("q5", "q6", "q7"));
    }
#undef STAPES_MVE_SIX_PRODUCTS
#undef STAPES_MVE_SUM_SHORT
  }

  // r1, r3, r5: patches; r9: weights; r12: initial sums; r7: sums; r11: arguments. Saves r7, the frame pointer of
  // unoptimized builds.
  STAPES_ALWAYS_INLINE void sum(const PatchBlock<MvePatch>& block) {
    static_assert(kPatchTile == 64, "the assembler code assumes this size");
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

  STAPES_ALWAYS_INLINE void finish(const PatchBlock<MvePatch>& block) {
    static_assert(offsetof(PatchBlock<MvePatch>, sums) == 28 && offsetof(PatchBlock<MvePatch>, maximum) == 64,
                  "the assembler code assumes these offsets");
    register const PatchBlock<MvePatch>* const arguments __asm__("r11") = &block;
    // clang-format off
#define STAPES_MVE_LOAD           \
  "ldr r0, [r11, #28]\n\t"        \
  "ldrd r1, r2, [r11, #32]\n\t"   \
  "ldrd r3, lr, [r11, #40]\n\t"   \
  "ldrd r8, r9, [r11, #48]\n\t"   \
  "ldrd r10, r4, [r11, #56]\n\t"  \
  "ldr r5, [r11, #64]\n\t"
#define STAPES_MVE_FINISH_ALL(left)              \
  STAPES_MVE_FINISH("], #16", left, "r1")        \
  STAPES_MVE_FINISH(", #240]", left, "r2")       \
  STAPES_MVE_FINISH(", #496]", left, "r3")
    // clang-format on
    if (block.shifts_left != 0) {
      STAPES_MVE_FINISH_LOOP(STAPES_MVE_LOAD, STAPES_MVE_SPLIT_SHIFTS, STAPES_MVE_FINISH_ALL(STAPES_MVE_SHIFT_LEFT));
    } else {
      STAPES_MVE_FINISH_LOOP(STAPES_MVE_LOAD, "", STAPES_MVE_FINISH_ALL(""));
    }
#undef STAPES_MVE_FINISH_ALL
#undef STAPES_MVE_LOAD
  }
};

struct MveSinglePatch : MveSinglePatchSizes, MvePatchMemory {
  static __attribute__((noinline)) void run(const PatchBlock<MveSinglePatch>& block) {
    sum(block);
    finish(block);
  }

 private:
  // r1: patch; r9: weights; r12, r3: initial sums and their end; r5: sums; r11: arguments.
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

  STAPES_ALWAYS_INLINE void finish(const PatchBlock<MveSinglePatch>& block) {
    static_assert(
        offsetof(PatchBlock<MveSinglePatch>, sums) == 20 && offsetof(PatchBlock<MveSinglePatch>, maximum) == 48,
        "the assembler code assumes these offsets");
    register const PatchBlock<MveSinglePatch>* const arguments __asm__("r11") = &block;
    // clang-format off
#define STAPES_MVE_LOAD           \
  "ldrd r0, r1, [r11, #20]\n\t"   \
  "ldr lr, [r11, #28]\n\t"        \
  "ldrd r8, r9, [r11, #32]\n\t"   \
  "ldrd r10, r4, [r11, #40]\n\t"  \
  "ldr r5, [r11, #48]\n\t"
    // clang-format on
    if (block.shifts_left != 0) {
      STAPES_MVE_FINISH_LOOP(STAPES_MVE_LOAD, STAPES_MVE_SPLIT_SHIFTS,
                             STAPES_MVE_FINISH("], #16", STAPES_MVE_SHIFT_LEFT, "r1"));
    } else {
      STAPES_MVE_FINISH_LOOP(STAPES_MVE_LOAD, "", STAPES_MVE_FINISH("], #16", "", "r1"));
    }
#undef STAPES_MVE_LOAD
  }
};

#undef STAPES_MVE_FINISH_LOOP
#undef STAPES_MVE_SHIFT_LEFT
#undef STAPES_MVE_SPLIT_SHIFTS
#undef STAPES_MVE_FINISH

}  // namespace stapes
