// SPDX-License-Identifier: Apache-2.0
// depthwise_rows_armdsp.h: rows of depthwise outputs on Armv7E-M (Cortex-M4, M7), data as in
// depthwise_machine_armdsp.h. A tap of four channels takes two LDRD and four multiply-adds, an output 7 more
// instructions. 3 x 3 taps take 2.5 instructions per MAC, not counting the copy.
#pragma once

#include "kernels/loops/depthwise/depthwise_machine_armdsp.h"
#include "kernels/loops/depthwise/depthwise_rows.h"
#include "kernels/rescale_armdsp.h"

namespace stapes {

// Read by the assembler code in this order.
struct ArmDspDepthwiseRow {
  const int16_t* elements;
  int32_t row_skip;  // bytes from the last tap of a row to the first of the next
  const int16_t* elements_end;
  int8_t* output;
  const unsigned char* block;
  int32_t channels;
};

#define STAPES_ARMDSP_DEPTHWISE_LOAD \
  "ldrd r2, r3, [r0], #8\n\t"        \
  "ldrd r4, r5, [r1], #8\n\t"
#define STAPES_ARMDSP_DEPTHWISE_TAP \
  STAPES_ARMDSP_DEPTHWISE_LOAD      \
  "smlabb r6, r2, r4, r6\n\t"       \
  "smlabb r8, r3, r5, r8\n\t"       \
  "smlatt r9, r2, r4, r9\n\t"       \
  "smlatt r10, r3, r5, r10\n\t"
// clang-format off
#define STAPES_ARMDSP_DEPTHWISE_FINISH(sum, place) \
  "ldmia.w r1!, {r2-r5}\n\t"                       \
  "add " sum ", r2, " sum ", lsl #1\n\t"           \
  STAPES_ARMDSP_RESCALE(sum, "r3", "r4", "r0")     \
  STAPES_ARMDSP_STORE("r0", "r5", "[lr, #" place "]")
// clang-format on

// Not inlined, to keep registers free. Saves r7, the frame pointer of unoptimized builds.
template <int kHeight, int kWidth, int kStride>
static __attribute__((noinline)) void armdsp_depthwise_row(const ArmDspDepthwiseRow& row) {
  register const ArmDspDepthwiseRow* at_row __asm__("r0") = &row;
  __asm__ volatile(
      "push {r7}\n\t"
      "ldrd r12, r11, [r0]\n\t"
      "ldrd r7, lr, [r0, #8]\n\t"
      "ldrd r1, r2, [r0, #16]\n\t"
      "push {r1, r2}\n"
      "1:\n\t" /* a position */
      "mov r0, r12\n\t"
      "ldr r1, [sp]\n\t"
      "add r12, r12, %[step]\n\t"
      STAPES_ARMDSP_DEPTHWISE_LOAD
      "smulbb r6, r2, r4\n\t"
      "smulbb r8, r3, r5\n\t"
      "smultt r9, r2, r4\n\t"
      "smultt r10, r3, r5\n\t"
      ".rept %c[width] - 1\n\t" STAPES_ARMDSP_DEPTHWISE_TAP
      ".endr\n\t"
      ".rept %c[height] - 1\n\t"
      "add r0, r0, r11\n\t"
      ".rept %c[width]\n\t" STAPES_ARMDSP_DEPTHWISE_TAP
      ".endr\n\t"
      ".endr\n\t"
      STAPES_ARMDSP_DEPTHWISE_FINISH("r6", "0")
      STAPES_ARMDSP_DEPTHWISE_FINISH("r8", "1")
      STAPES_ARMDSP_DEPTHWISE_FINISH("r9", "2")
      STAPES_ARMDSP_DEPTHWISE_FINISH("r10", "3")
      "ldr r2, [sp, #4]\n\t"
      "add lr, lr, r2\n\t"
      "cmp r12, r7\n\t"
      "bne.w 1b\n\t"
      "add sp, sp, #8\n\t"
      "pop {r7}"
      : "+r"(at_row)
      : [height] "i"(kHeight), [width] "i"(kWidth),
        [step] "i"(kStride * kDepthwiseChannels * static_cast<int>(sizeof(int16_t)))
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#undef STAPES_ARMDSP_DEPTHWISE_FINISH
#undef STAPES_ARMDSP_DEPTHWISE_TAP
#undef STAPES_ARMDSP_DEPTHWISE_LOAD

template <int kHeight, int kWidth, int kStride>
struct ArmDspDepthwiseRows : ArmDspDepthwise {
  STAPES_ALWAYS_INLINE void run_row(const ConvShape& s, const int16_t* ring, const unsigned char* block,
                                    int8_t* output) {
    const int32_t skip = (depthwise_columns(s) - kWidth) * kDepthwiseChannels * static_cast<int32_t>(sizeof(int16_t));
    const ArmDspDepthwiseRow row{ring, skip, ring + s.out_w * kStride * kDepthwiseChannels, output, block, s.out_c};
    armdsp_depthwise_row<kHeight, kWidth, kStride>(row);
  }
};

}  // namespace stapes
