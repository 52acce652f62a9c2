// SPDX-License-Identifier: Apache-2.0
// rescale_armdsp.h: the last steps of an int8 output on Armv7E-M, in assembler. Formula: loops/paired/paired_layout.h.
#pragma once

#if !defined(__ARM_FEATURE_SIMD32)
#error "compile this for a core with the DSP extension, for example with -mcpu=cortex-m4"
#endif

// clang-format off
// to = offset - (x2 < 0) + x2 * multiplier / 2^32, rounded
#define STAPES_ARMDSP_RESCALE(x2, multiplier, offset, to)   \
  "add " to ", " offset ", " x2 ", asr #31\n\t"             \
  "smmlar " to ", " x2 ", " multiplier ", " to "\n\t"

// *address = value / 2^right, rounded down, saturated
#define STAPES_ARMDSP_STORE(value, right, address)          \
  "asr " value ", " value ", " right "\n\t"                 \
  "ssat " value ", #8, " value "\n\t"                       \
  "strb " value ", " address "\n\t"
// clang-format on
