// SPDX-License-Identifier: Apache-2.0
// rescale_armv6m.h: the last steps of an int8 output on Armv6-M, in assembler. Formula: loops/paired/paired_layout.h.
#pragma once

#if !defined(__ARM_ARCH_6M__)
#error "compile this for Armv6-M, for example with -mcpu=cortex-m0"
#endif

// r2 = (offset - (sum < 0) + high) / 2^right, rounded down, saturated; high = the rounded high word of 2 * sum *
// multiplier. In: r0 = sum, r4 = lower and r5 = upper half of the multiplier, r6 = right, lr = offset. Overwrites r0,
// r3, r7.
//
// With sum = ah * 2^16 + al, al signed, and multiplier = bh * 2^16 + bl:
//   high = 2 * ah * bh + ((ah * bl + al * bh + (al * bl >> 16) + 2^14) >> 15)
// Nothing overflows for |sum| < 2^30. ADC adds the last bit shifted out, which rounds the result.
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
