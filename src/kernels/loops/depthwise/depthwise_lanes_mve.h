// SPDX-License-Identifier: Apache-2.0
// depthwise_lanes_mve.h: the operations of depthwise_lanes_conv.h on Armv8.1-M with MVE (Cortex-M55).
//
// For two taps of 16 channels, 32 MACs:
//   p = x[0] * w[0] of even lanes, q of odd lanes     VLDRB twice, VMULLB, VMULLT
//   p += x[1] * w[1], q likewise                      VLDRB three times, VMULLB, VMULLT, VADD twice
//   four sums += the halves of p and q, widened       VMOVLB and VMOVLT, VADD, twice each
// 19 instructions and the loop. All eight registers are in use, so the second weights are loaded twice.
#pragma once

#if !(__ARM_FEATURE_MVE & 1)
#error "compile this for a core with integer MVE (Helium), for example with -mcpu=cortex-m55"
#endif

#include <stddef.h>
#include <stdint.h>

#include "kernels/bytes_mve.h"
#include "kernels/loops/depthwise/depthwise_lanes_conv.h"

namespace stapes {

// Adds the 16-bit products in q2 and q3 to the sums in q4 to q7.
#define STAPES_MVE_WIDEN    \
  "vmovlb.s16 q0, q2\n\t"   \
  "vmovlt.s16 q1, q2\n\t"   \
  "vadd.i32 q4, q4, q0\n\t" \
  "vadd.i32 q5, q5, q1\n\t" \
  "vmovlb.s16 q0, q3\n\t"   \
  "vmovlt.s16 q1, q3\n\t"   \
  "vadd.i32 q6, q6, q0\n\t" \
  "vadd.i32 q7, q7, q1\n\t"

// Rescales a quarter of the sums; r4: their constants.
#define STAPES_MVE_RESCALE(sums, left, multiplier, right) \
  left "vldrw.u32 q0, [r4, #" multiplier                  \
       "]\n\t"                                            \
       "vldrw.u32 q1, [r4, #" right                       \
       "]\n\t"                                            \
       "vqrdmulh.s32 " sums ", " sums                     \
       ", q0\n\t"                                         \
       "vand q2, " sums                                   \
       ", q1\n\t"                                         \
       "vshr.s32 q2, q2, #31\n\t"                         \
       "vadd.i32 " sums ", " sums                         \
       ", q2\n\t"                                         \
       "vrshl.s32 " sums ", " sums ", q1\n\t"
#define STAPES_MVE_SHIFT_LEFT(sums, at) \
  "vldrw.u32 q0, [r4, #" at             \
  "]\n\t"                               \
  "vshl.s32 " sums ", " sums ", q0\n\t"

// r0: taps, r9: weights, r1 and r2 walk along them; r3: output, r4: constants, r5: positions left, r6: zero point, r8
// and r10: pairs and singles, r7 and r12: steps of taps and output, r11: arguments. Saves r7, the frame pointer of
// unoptimized builds.
#define STAPES_MVE_DEPTHWISE_ROW(left4, left5, left6, left7) \
  "push {r7}\n\t"                                                              \
  "ldrd r0, r9, [r11]\n\t"                                                     \
  "ldrd r8, r10, [r11, #8]\n\t"                                                \
  "ldrd r4, r3, [r11, #16]\n\t"                                                \
  "ldrd r7, r12, [r11, #24]\n\t"                                               \
  "ldrd r5, r6, [r11, #32]\n\t"                                                \
  "vctp.8 r6\n\t"                                                              \
  "ldr r6, [r11, #40]\n"                                                       \
  "1:\n\t" /* a position */                                                    \
  "mov r1, r0\n\t"                                                             \
  "mov r2, r9\n\t"                                                             \
  "vldrw.u32 q4, [r4]\n\t"                                                     \
  "vldrw.u32 q5, [r4, #16]\n\t"                                                \
  "vldrw.u32 q6, [r4, #32]\n\t"                                                \
  "vldrw.u32 q7, [r4, #48]\n\t"                                                \
  "wls lr, r8, 3f\n"                                                           \
  "2:\n\t" /* a pair of taps */                                                \
  "vldrb.u8 q0, [r1], #32\n\t"                                                 \
  "vldrb.u8 q1, [r2], #32\n\t"                                                 \
  "vmullb.s8 q2, q0, q1\n\t"                                                   \
  "vmullt.s8 q3, q0, q1\n\t"                                                   \
  "vldrb.u8 q0, [r1, #-16]\n\t"                                                \
  "vldrb.u8 q1, [r2, #-16]\n\t"                                                \
  "vmullb.s8 q1, q0, q1\n\t"                                                   \
  "vadd.i16 q2, q2, q1\n\t"                                                    \
  "vldrb.u8 q1, [r2, #-16]\n\t"                                                \
  "vmullt.s8 q1, q0, q1\n\t"                                                   \
  "vadd.i16 q3, q3, q1\n\t"                                                    \
  STAPES_MVE_WIDEN                                                             \
  "le lr, 2b\n"                                                                \
  "3:\n\t"                                                                     \
  "wls lr, r10, 5f\n"                                                          \
  "4:\n\t" /* a single tap */                                                  \
  "vldrb.u8 q0, [r1], #16\n\t"                                                 \
  "vldrb.u8 q1, [r2], #16\n\t"                                                 \
  "vmullb.s8 q2, q0, q1\n\t"                                                   \
  "vmullt.s8 q3, q0, q1\n\t"                                                   \
  STAPES_MVE_WIDEN                                                             \
  "le lr, 4b\n"                                                                \
  "5:\n\t"                                                                     \
  STAPES_MVE_RESCALE("q4", left4, "64", "128")                                 \
  STAPES_MVE_RESCALE("q5", left5, "80", "144")                                 \
  STAPES_MVE_RESCALE("q6", left6, "96", "160")                                 \
  STAPES_MVE_RESCALE("q7", left7, "112", "176")                                \
  "vqmovnb.s32 q0, q4\n\t" /* even channels */                                 \
  "vqmovnt.s32 q0, q5\n\t"                                                     \
  "vqmovnb.s32 q1, q6\n\t" /* odd channels */                                  \
  "vqmovnt.s32 q1, q7\n\t"                                                     \
  "vqadd.s16 q0, q0, r6\n\t"                                                   \
  "vqadd.s16 q1, q1, r6\n\t"                                                   \
  "vqmovnb.s16 q2, q0\n\t"                                                     \
  "vqmovnt.s16 q2, q1\n\t"                                                     \
  "ldrd r1, r2, [r11, #44]\n\t"                                                \
  "vdup.8 q0, r1\n\t"                                                          \
  "vdup.8 q1, r2\n\t"                                                          \
  "vmax.s8 q2, q2, q0\n\t"                                                     \
  "vmin.s8 q2, q2, q1\n\t"                                                     \
  "vpst\n\t"                                                                   \
  "vstrbt.8 q2, [r3]\n\t"                                                      \
  "add r0, r0, r7\n\t"                                                         \
  "add r3, r3, r12\n\t"                                                        \
  "subs r5, r5, #1\n\t"                                                        \
  "bne 1b\n\t"                                                                 \
  "pop {r7}"                                                                   \
  :                                                                            \
  : "r"(arguments)                                                             \
  : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12", "lr", "q0", "q1", "q2", "q3", "q4", "q5", \
    "q6", "q7", "cc", "memory"

struct MveDepthwiseLanes {
  STAPES_ALWAYS_INLINE void copy(const int8_t* from, int32_t stride, int32_t positions, int32_t lanes, int8_t* to,
                                 int32_t to_stride) {
    __asm__ volatile(
        "vctp.8 %[lanes]\n\t"
        "wls lr, %[positions], 2f\n"
        "1:\n\t"
        "vpst\n\t"
        "vldrbt.u8 q0, [%[from]]\n\t"
        "vstrb.8 q0, [%[to]]\n\t"
        "add %[from], %[from], %[stride]\n\t"
        "add %[to], %[to], %[to_stride]\n\t"
        "le lr, 1b\n"
        "2:"
        : [from] "+r"(from), [to] "+r"(to)
        : [lanes] "r"(lanes), [positions] "r"(positions), [stride] "r"(stride), [to_stride] "r"(to_stride)
        : "q0", "lr", "memory");
  }
  STAPES_ALWAYS_INLINE void fill(int8_t* to, int32_t to_stride, int32_t positions, int32_t value) {
    __asm__ volatile(
        "vdup.8 q0, %[value]\n\t"
        "wls lr, %[positions], 2f\n"
        "1:\n\t"
        "vstrb.8 q0, [%[to]]\n\t"
        "add %[to], %[to], %[to_stride]\n\t"
        "le lr, 1b\n"
        "2:"
        : [to] "+r"(to)
        : [positions] "r"(positions), [value] "r"(value), [to_stride] "r"(to_stride)
        : "q0", "lr", "memory");
  }
  STAPES_ALWAYS_INLINE void rotate(const int8_t* from, int32_t columns, int32_t column, int32_t split, int8_t* to) {
    for (int32_t i = 0; i < columns; ++i, from += column, to += column) {
      mve_copy_bytes(from + split, column - split, to);
      mve_copy_bytes(from, split, to + column - split);
    }
  }

  static __attribute__((noinline)) void run_row(const DepthwiseLanesRow& row) {
    register const DepthwiseLanesRow* const arguments __asm__("r11") = &row;
    if (row.shifts_left != 0) {
      __asm__ volatile(STAPES_MVE_DEPTHWISE_ROW(STAPES_MVE_SHIFT_LEFT("q4", "192"), STAPES_MVE_SHIFT_LEFT("q5", "208"),
                                                STAPES_MVE_SHIFT_LEFT("q6", "224"),
                                                STAPES_MVE_SHIFT_LEFT("q7", "240")));
    } else {
      __asm__ volatile(STAPES_MVE_DEPTHWISE_ROW("", "", "", ""));
    }
  }
};

#undef STAPES_MVE_DEPTHWISE_ROW
#undef STAPES_MVE_SHIFT_LEFT
#undef STAPES_MVE_RESCALE
#undef STAPES_MVE_WIDEN

}  // namespace stapes
