// SPDX-License-Identifier: Apache-2.0
// paired_dense_machine_armdsp.h: paired_dense.h on Armv7E-M (Cortex-M4, M7). Four inputs and four filters, 16 MACs,
// take LDRD of the widened inputs, LDM of four words of weights, and for each word SMLAD, SXTB16, SMLAD. With 2 more
// for the loop after every fourth chunk: 0.91 instructions per MAC.
#pragma once

#if !defined(__ARM_FEATURE_SIMD32)
#error "compile this for a core with the DSP extension, for example with -mcpu=cortex-m4"
#endif

#include <stdint.h>

#include "kernels/loops/paired/paired_dense.h"
#include "kernels/rescale_armdsp.h"

namespace stapes {

// Read by the assembler code in this order.
struct ArmDspPairedDense {
  const int16_t* elements;
  int32_t run_bytes;  // of a group's weights
  int32_t skipped;    // bytes of code: chunks that the first iteration leaves out
  int8_t* output;
  const unsigned char *weights, *weights_end;
};

#define STAPES_ARMDSP_DENSE_WORD(weights, elements, both, lower) \
  "smlad " both ", " weights ", " elements ", " both             \
  "\n\t"                                                         \
  "sxtb16 " weights ", " weights                                 \
  "\n\t"                                                         \
  "smlad " lower ", " weights ", " elements ", " lower "\n\t"
#define STAPES_ARMDSP_DENSE_CHUNK                                                                          \
  "ldrd r3, r4, [r0], #8\n\t"                                                                              \
  "ldmia.w r1!, {r5, r6, r8, r9}\n\t" STAPES_ARMDSP_DENSE_WORD("r5", "r3", "r10", "r11")                   \
      STAPES_ARMDSP_DENSE_WORD("r6", "r3", "r12", "lr") STAPES_ARMDSP_DENSE_WORD("r8", "r4", "r10", "r11") \
          STAPES_ARMDSP_DENSE_WORD("r9", "r4", "r12", "lr")
// clang-format off
#define STAPES_ARMDSP_DENSE_FINISH(sum, twice)    \
  "ldmia.w r1!, {r3-r6}\n\t"                      \
  "add " sum ", r3, " sum ", " twice "\n\t"       \
  STAPES_ARMDSP_RESCALE(sum, "r4", "r5", "r8")    \
  STAPES_ARMDSP_STORE("r8", "r6", "[r0], #1")
// clang-format on

// Not inlined, to keep registers free. A chunk is 14 instructions of 4 bytes.
static __attribute__((noinline)) void armdsp_paired_dense(const ArmDspPairedDense& dense) {
  register const ArmDspPairedDense* at_dense __asm__("r0") = &dense;
  __asm__ volatile(
      "ldmia.w r0, {r1-r6}\n\t"
      "push {r1-r6}\n\t"
      "mov r1, r5\n\t"
      "adr.w r5, 2f\n\t"
      "add r5, r5, r3\n\t"
      "orr r5, r5, #1\n\t"
      "str r5, [sp, #8]\n"
      "1:\n\t" /* a group of filters */
      "ldrd r0, r2, [sp]\n\t"
      "add r2, r2, r1\n\t"
      "mov r10, #0\n\t"
      "mov r11, #0\n\t"
      "mov r12, #0\n\t"
      "mov lr, #0\n\t"
      "ldr.w pc, [sp, #8]\n\t"
      ".p2align 2\n"
      "2:\n\t" STAPES_ARMDSP_DENSE_CHUNK STAPES_ARMDSP_DENSE_CHUNK STAPES_ARMDSP_DENSE_CHUNK STAPES_ARMDSP_DENSE_CHUNK
      "cmp r1, r2\n\t"
      "bne.w 2b\n\t"
      "ldr r0, [sp, #12]\n\t"
      "sub r10, r10, r11\n\t"
      "sub r12, r12, lr\n\t"
      STAPES_ARMDSP_DENSE_FINISH("r11", "lsl #1")
      STAPES_ARMDSP_DENSE_FINISH("r10", "asr #7") /* 2 * (S - W) / 256 */
      STAPES_ARMDSP_DENSE_FINISH("lr", "lsl #1")
      STAPES_ARMDSP_DENSE_FINISH("r12", "asr #7")
      "ldr r3, [sp, #20]\n\t"
      "str r0, [sp, #12]\n\t"
      "cmp r1, r3\n\t"
      "bne.w 1b\n\t"
      "add sp, sp, #24"
      : "+r"(at_dense)
      :
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#undef STAPES_ARMDSP_DENSE_FINISH
#undef STAPES_ARMDSP_DENSE_CHUNK
#undef STAPES_ARMDSP_DENSE_WORD

struct ArmDspPairedDenseMachine {
  using Element = int16_t;

  STAPES_ALWAYS_INLINE void load(const int8_t* from, int32_t count, int32_t zero_point, int16_t* to) {
    for (int32_t i = 0; i < count; ++i) *place(to, i) = static_cast<int16_t>(from[i] - zero_point);
    for (int32_t i = count; i % kGatherChunk != 0; ++i) *place(to, i) = 0;
  }
  STAPES_ALWAYS_INLINE void run(const int16_t* x, int32_t run, size_t group_bytes, const unsigned char* prepared,
                                int32_t groups, int8_t* output) {
    constexpr int32_t kUnrolled = 4, kChunkCodeBytes = 56;
    const int32_t odd = run / kGatherChunk % kUnrolled;
    const ArmDspPairedDense dense{x,
                                  run * kPairedDenseFilters,
                                  odd == 0 ? 0 : (kUnrolled - odd) * kChunkCodeBytes,
                                  output,
                                  prepared,
                                  prepared + static_cast<size_t>(groups) * group_bytes};
    armdsp_paired_dense(dense);
  }

 private:
  STAPES_ALWAYS_INLINE int16_t* place(int16_t* to, int32_t i) {
    return to + i / kGatherChunk * kGatherChunk + ArmDspPairedSizes::place_of(i % kGatherChunk);
  }
};

}  // namespace stapes
