// SPDX-License-Identifier: Apache-2.0
// paired_machine_armdsp.h: paired_conv.h on Armv7E-M (Cortex-M4, M7). SMLAD multiplies two pairs of 16-bit values and
// adds both products. For four taps, two filters and three positions, 24 MACs:
//   two words of weights                      LDRD
//   for each of the two:
//     a pair of elements of each position     LDM
//     S += weights * elements                 SMLAD, three times
//     weights = their lower bytes, widened    SXTB16
//     W += weights * elements                 SMLAD, three times
// 17 instructions plus 2 for the loop after every fourth chunk: 0.73 per MAC. All registers are in use. An output takes
// 6 more: x2, rounding, SMMLAR for the high word, a shift, SSAT, STRB.
#pragma once

#if !defined(__ARM_FEATURE_SIMD32)
#error "compile this for a core with the DSP extension, for example with -mcpu=cortex-m4"
#endif

#include <stdint.h>

#include "kernels/loops/paired/paired_conv.h"
#include "kernels/rescale_armdsp.h"

namespace stapes {

// Read by the assembler code in this order.
struct ArmDspPairedTile {
  const int32_t* zeros;  // six, then the tile
  int32_t run_bytes;     // of a pair's weights
  int32_t skipped;       // bytes of code: chunks that the first iteration leaves out
  int8_t* output;
  int32_t second, third;
  const unsigned char *weights, *weights_end;
};

#define STAPES_ARMDSP_PAIRED_WORD(weights) \
  "ldmia.w r0!, {r3, r4, r5}\n\t"          \
  "smlad r8, " weights                     \
  ", r3, r8\n\t"                           \
  "smlad r9, " weights                     \
  ", r4, r9\n\t"                           \
  "smlad r10, " weights                    \
  ", r5, r10\n\t"                          \
  "sxtb16 " weights ", " weights           \
  "\n\t"                                   \
  "smlad r11, " weights                    \
  ", r3, r11\n\t"                          \
  "smlad r12, " weights                    \
  ", r4, r12\n\t"                          \
  "smlad lr, " weights ", r5, lr\n\t"
#define STAPES_ARMDSP_PAIRED_CHUNK \
  "ldrd r6, r7, [r1], #8\n\t" STAPES_ARMDSP_PAIRED_WORD("r6") STAPES_ARMDSP_PAIRED_WORD("r7")
// clang-format off
#define STAPES_ARMDSP_PAIRED_RESCALE(sum, twice)    \
  "add " sum ", r3, " sum ", " twice "\n\t"         \
  STAPES_ARMDSP_RESCALE(sum, "r4", "r5", "r7")
#define STAPES_ARMDSP_PAIRED_FINISH(sum_a, sum_b, sum_c, twice)                                    \
  "ldmia.w r1!, {r3-r6}\n\t"                                                                       \
  STAPES_ARMDSP_PAIRED_RESCALE(sum_a, twice) STAPES_ARMDSP_STORE("r7", "r6", "[r0]")               \
  STAPES_ARMDSP_PAIRED_RESCALE(sum_b, twice) STAPES_ARMDSP_STORE("r7", "r6", "[r0, r2]")           \
  STAPES_ARMDSP_PAIRED_RESCALE(sum_c, twice)                                                       \
  "ldr r3, [sp, #20]\n\t"                                                                          \
  STAPES_ARMDSP_STORE("r7", "r6", "[r0, r3]")                                                      \
  "add r0, r0, #1\n\t"
// clang-format on

// Not inlined, to keep registers free. A chunk is 17 instructions of 4 bytes. Saves r7, the frame pointer of
// unoptimized builds.
static __attribute__((noinline)) void armdsp_paired_tile(const ArmDspPairedTile& tile) {
  register const ArmDspPairedTile* at_tile __asm__("r0") = &tile;
  __asm__ volatile(
      "push {r7}\n\t"
      "ldmia.w r0, {r1-r8}\n\t"
      "push {r1-r8}\n\t"
      "mov r1, r7\n\t"
      "adr.w r4, 2f\n\t"
      "add r4, r4, r3\n\t"
      "orr r4, r4, #1\n\t"
      "str r4, [sp, #8]\n"
      "1:\n\t" /* a pair of filters */
      "ldrd r0, r2, [sp]\n\t"
      "ldmia.w r0!, {r8-r12, lr}\n\t"
      "add r2, r2, r1\n\t"
      "ldr.w pc, [sp, #8]\n\t"
      ".p2align 2\n"
      "2:\n\t" STAPES_ARMDSP_PAIRED_CHUNK STAPES_ARMDSP_PAIRED_CHUNK STAPES_ARMDSP_PAIRED_CHUNK
          STAPES_ARMDSP_PAIRED_CHUNK
      "cmp r1, r2\n\t"
      "bne.w 2b\n\t"
      "sub r8, r8, r11\n\t"
      "sub r9, r9, r12\n\t"
      "sub r10, r10, lr\n\t"
      "ldrd r0, r2, [sp, #12]\n\t" STAPES_ARMDSP_PAIRED_FINISH("r11", "r12", "lr", "lsl #1")
          STAPES_ARMDSP_PAIRED_FINISH("r8", "r9", "r10", "asr #7") /* 2 * (S - W) / 256 */
      "ldr r3, [sp, #28]\n\t"
      "str r0, [sp, #12]\n\t"
      "cmp r1, r3\n\t"
      "bne.w 1b\n\t"
      "add sp, sp, #32\n\t"
      "pop {r7}"
      : "+r"(at_tile)
      :
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#undef STAPES_ARMDSP_PAIRED_FINISH
#undef STAPES_ARMDSP_PAIRED_RESCALE
#undef STAPES_ARMDSP_PAIRED_CHUNK
#undef STAPES_ARMDSP_PAIRED_WORD

#define STAPES_ARMDSP_WIDEN_CHUNK     \
  "ldr r8, [r0], #4\n\t"              \
  "ldr r9, [r1], #4\n\t"              \
  "ldr r10, [r2], #4\n\t"             \
  "sxtab16 r4, r12, r8\n\t"           \
  "sxtab16 r5, r12, r9\n\t"           \
  "sxtab16 r6, r12, r10\n\t"          \
  "sxtab16 r8, r12, r8, ror #8\n\t"   \
  "sxtab16 r9, r12, r9, ror #8\n\t"   \
  "sxtab16 r10, r12, r10, ror #8\n\t" \
  "stmia.w r3!, {r4-r6, r8-r10}\n\t"

// Widens `count` bytes (a positive multiple of 4) of three positions; adds `zeros` to each pair. Returns the end.
static __attribute__((noinline)) int16_t* armdsp_widen_three(const int8_t* first, const int8_t* second,
                                                             const int8_t* third, int16_t* to, int32_t zeros,
                                                             int32_t count) {
  register const int8_t* a __asm__("r0") = first;
  register const int8_t* b __asm__("r1") = second;
  register const int8_t* c __asm__("r2") = third;
  register int16_t* out __asm__("r3") = to;
  register int32_t pair __asm__("r12") = zeros;
  register const int8_t* end __asm__("lr") = first + count;
  __asm__ volatile(
      "sub r4, lr, r0\n\t"
      "tst r4, #4\n\t"
      "bne 2f\n"
      "1:\n\t" STAPES_ARMDSP_WIDEN_CHUNK "2:\n\t" STAPES_ARMDSP_WIDEN_CHUNK
      "cmp r0, lr\n\t"
      "bne 1b"
      : "+r"(a), "+r"(b), "+r"(c), "+r"(out)
      : "r"(pair), "r"(end)
      : "r4", "r5", "r6", "r8", "r9", "r10", "cc", "memory");
  return out;
}

#undef STAPES_ARMDSP_WIDEN_CHUNK

struct ArmDspPaired {
  using Element = int16_t;
  static constexpr int32_t kPositions = kPairedPositions;

  STAPES_ALWAYS_INLINE int16_t* widen(const int8_t* const* from, int32_t count, int32_t zero_point, int16_t* to) {
    const uint32_t less = static_cast<uint32_t>(-zero_point) & 0xFFFF;
    return armdsp_widen_three(from[0], from[1], from[2], to, static_cast<int32_t>(less | less << 16), count);
  }

  class Tile {
   public:
    Tile(const int32_t* zeros, int32_t run, size_t pair_bytes, const void* prepared, int32_t pairs) {
      constexpr int32_t kUnrolled = 4, kChunkCodeBytes = 68;
      const int32_t odd = run / kGatherChunk % kUnrolled;
      tile_.zeros = zeros;
      tile_.run_bytes = run * static_cast<int32_t>(sizeof(int16_t));
      tile_.skipped = odd == 0 ? 0 : (kUnrolled - odd) * kChunkCodeBytes;
      tile_.weights = static_cast<const unsigned char*>(prepared);
      tile_.weights_end = tile_.weights + static_cast<size_t>(pairs) * pair_bytes;
    }
    void run(int8_t* output, int32_t second, int32_t third) {
      tile_.output = output;
      tile_.second = second;
      tile_.third = third;
      armdsp_paired_tile(tile_);
    }

   private:
    ArmDspPairedTile tile_{};
  };
};

}  // namespace stapes
