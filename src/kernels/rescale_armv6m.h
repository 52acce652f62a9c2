// SPDX-License-Identifier: Apache-2.0
// rescale_armv6m.h: the last steps of an int8 output on Armv6-M, in assembler. loops/paired/paired_layout.h has the
// formula and explains why it rounds like rescale().
#pragma once

#if !defined(__ARM_ARCH_6M__)
#error "compile this for Armv6-M, for example with -mcpu=cortex-m0"
#endif

// r2 = (offset - (sum < 0) + the rounded high word of 2 * sum * multiplier) / 2^right, rounded down, saturated. The sum
// is in r0, the lower half of the multiplier in r4, the upper one in r5, `right` in r6, the offset in lr; r0, r3 and r7
// are overwritten.
//
// With sum = ah * 2^16 + al, al signed, and multiplier = bh * 2^16 + bl, the high word is
//   2 * ah * bh + ((ah * bl + al * bh + (al * bl >> 16) + 2^14) >> 15)
// and nothing overflows for |sum| < 2^30. ADC adds the last bit shifted out, which rounds the result.
#define STAPES_ARMV6M_RESCALE \
  "sxth r2, r0\n\t"           \
  "subs r3, r0, r2\n\t"       \
  "asrs r3, r3, #16\n\t"      \
  "asrs r0, r0, #31\n\t"      \
  "add r0, lr\n\t"            \
  "movs r7, r2\n\t"           \
  "muls r7, r4, r7\n\t"       \
  "asrs r7, r7, #16\n\t"      \
  "muls r2, r5, r2\n\t"       \
  "adds r7, r7, r2\n\t"       \
  "movs r2, r3\n\t"           \
  "muls r2, r4, r2\n\t"       \
  "adds r7, r7, r2\n\t"       \
  "muls r3, r5, r3\n\t"       \
  "lsls r3, r3, #1\n\t"       \
  "adds r0, r0, r3\n\t"       \
  "asrs r7, r7, #15\n\t"      \
  "adcs r0, r7\n\t"           \
  "asrs r0, r6\n\t"           \
  "sxtb r2, r0\n\t"           \
  "cmp r2, r0\n\t"            \
  "beq 9f\n\t"                \
  "asrs r0, r0, #31\n\t"      \
  "movs r2, #127\n\t"         \
  "eors r2, r0\n"             \
  "9:\n\t"
