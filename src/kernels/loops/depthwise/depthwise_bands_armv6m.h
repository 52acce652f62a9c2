// SPDX-License-Identifier: Apache-2.0
// depthwise_bands_armv6m.h: bands of depthwise outputs on Armv6-M (Cortex-M0, M0+). Three taps of a row take two LDM,
// three MULS and three additions; an output takes 35 more instructions. 3 x 3 taps take 6.8 instructions per
// MAC, not counting the copy.
#pragma once

#include "kernels/loops/depthwise/depthwise_bands.h"
#include "kernels/rescale_armv6m.h"

namespace stapes {

// Read and written by the assembler code in this order. Steps are in bytes.
struct ArmV6MDepthwiseBand {
  int32_t first;
  uint32_t lower, upper;  // halves of the multiplier
  int32_t right;
  int32_t channels;
  const int8_t* row_end;  // of the output
  int32_t row_outputs, rows, next_row;
  const int32_t *words, *weights;
  int32_t row_skip;  // from the last tap of a row to the first of the next
  int32_t step, offset;
  int8_t* output;
};

#define STAPES_ARMV6M_DEPTHWISE_THREE(begin) \
  "ldmia r0!, {r2-r4}\n\t"                   \
  "ldmia r1!, {r5-r7}\n\t"                   \
  "muls r2, r5, r2\n\t"                      \
  "muls r3, r6, r3\n\t"                      \
  "muls r4, r7, r4\n\t" begin                \
  " r8, r2\n\t"                              \
  "add r8, r3\n\t"                           \
  "add r8, r4\n\t"
#define STAPES_ARMV6M_DEPTHWISE_ONE(begin) \
  "ldmia r0!, {r2}\n\t"                    \
  "ldmia r1!, {r5}\n\t"                    \
  "muls r2, r5, r2\n\t" begin " r8, r2\n\t"

// Not inlined, to keep registers free. Saves r7, the frame pointer of unoptimized builds.
template <int kHeight, int kWidth>
static __attribute__((noinline)) void armv6m_depthwise_band(ArmV6MDepthwiseBand& band) {
  register ArmV6MDepthwiseBand* at_band __asm__("r0") = &band;
  __asm__ volatile(
      ".syntax unified\n\t"
      "ldr r1, [r0, #56]\n\t"
      "push {r0, r1, r7}\n\t"
      "adds r0, r0, #36\n\t"
      "ldmia r0!, {r1-r5}\n\t"
      "mov r10, r1\n\t"
      "mov r11, r2\n\t"
      "mov r9, r3\n\t"
      "mov r12, r4\n\t"
      "mov lr, r5\n"
      "1:\n\t" /* an output */
      "mov r0, r10\n\t"
      "add r10, r12\n\t"
      "mov r1, r11\n\t"
      ".if %c[width] >= 3\n\t"
      STAPES_ARMV6M_DEPTHWISE_THREE("mov")
      ".rept %c[width] / 3 - 1\n\t"
      STAPES_ARMV6M_DEPTHWISE_THREE("add")
      ".endr\n\t"
      ".rept %c[width] %% 3\n\t"
      STAPES_ARMV6M_DEPTHWISE_ONE("add")
      ".endr\n\t"
      ".else\n\t"
      STAPES_ARMV6M_DEPTHWISE_ONE("mov")
      ".rept %c[width] - 1\n\t"
      STAPES_ARMV6M_DEPTHWISE_ONE("add")
      ".endr\n\t"
      ".endif\n\t"
      ".rept %c[height] - 1\n\t"
      "add r0, r9\n\t"
      ".rept %c[width] / 3\n\t"
      STAPES_ARMV6M_DEPTHWISE_THREE("add")
      ".endr\n\t"
      ".rept %c[width] %% 3\n\t"
      STAPES_ARMV6M_DEPTHWISE_ONE("add")
      ".endr\n\t"
      ".endr\n\t"
      "ldr r1, [sp]\n\t"
      "ldmia r1!, {r0, r4-r6}\n\t"
      "add r0, r8\n\t"
      STAPES_ARMV6M_RESCALE
      "ldr r3, [sp, #4]\n\t"
      "ldmia r1!, {r4, r5}\n\t"
      "strb r2, [r3]\n\t"
      "adds r3, r3, r4\n\t"
      "str r3, [sp, #4]\n\t"
      "cmp r3, r5\n\t"
      "beq 2f\n\t"
      "b 1b\n"
      "2:\n\t" /* the next row */
      "ldmia r1!, {r2, r4, r5}\n\t"
      "ldr r1, [sp]\n\t"
      "subs r4, r4, #1\n\t"
      "beq 3f\n\t"
      "str r4, [r1, #28]\n\t"
      "adds r3, r3, r2\n\t"
      "str r3, [r1, #20]\n\t"
      "add r10, r5\n\t"
      "b 1b\n"
      "3:\n\t"
      "pop {r0, r1, r7}"
      : "+r"(at_band)
      : [height] "i"(kHeight), [width] "i"(kWidth)
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#undef STAPES_ARMV6M_DEPTHWISE_ONE
#undef STAPES_ARMV6M_DEPTHWISE_THREE

template <int kHeight, int kWidth>
struct ArmV6MDepthwiseBands {
  STAPES_ALWAYS_INLINE void run(const ConvShape&, const DepthwiseBand& b) {
    constexpr int32_t kWord = static_cast<int32_t>(sizeof(int32_t));
    const auto multiplier = static_cast<uint32_t>(b.filter.multiplier);
    const int32_t row_outputs = b.columns * b.channels;
    ArmV6MDepthwiseBand band{b.filter.first,
                             multiplier & 0xFFFF,
                             multiplier >> 16,
                             b.filter.right,
                             b.channels,
                             b.output + row_outputs,
                             row_outputs,
                             b.rows,
                             (b.step_h - b.columns * b.step_w) * kWord,
                             b.words,
                             b.weights,
                             (b.row_words - kWidth) * kWord,
                             b.step_w * kWord,
                             b.filter.offset,
                             b.output};
    armv6m_depthwise_band<kHeight, kWidth>(band);
  }
};

}  // namespace stapes
