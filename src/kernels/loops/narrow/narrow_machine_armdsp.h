// SPDX-License-Identifier: Apache-2.0
// narrow_machine_armdsp.h: products on Armv7E-M (Cortex-M4, M7). SMLAD multiplies two pairs of 16-bit values and adds
// both products.
//
// Four positions and a chunk of four weights, 16 MACs, take
//   weights = 4 bytes, widened to two pairs     LDR, SXTB16, SXTB16 with rotation
//   at each position: two pairs of elements     LDRD, which also moves the pointer
//     sum += both products of both pairs        SMLAD, SMLAD
// That is 15 instructions, plus 3 for the loop after every second chunk: 1.03 per MAC, or 0.91 with 16-bit weights,
// which are stored as pairs. The loop uses every register; compilers need 22 instructions instead of 15.
#pragma once

#if !defined(__ARM_FEATURE_SIMD32)
#error "compile this for a core with the DSP extension, for example with -mcpu=cortex-m4"
#endif

#include <arm_acle.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/loops/narrow/narrow_layout.h"

namespace stapes {

// Read and written by the assembler code at these offsets.
struct ArmDspStrip {
  const int16_t* from;  // 0; positions begin at even elements, since LDRD requires word alignment
  int32_t second;       // 4: bytes from `from` to the other positions
  int32_t third;        // 8
  int32_t fourth;       // 12
  const void* weights;  // 16
  int32_t run_bytes;    // 20: of a run's weights
  int32_t odd_chunks;   // 24: 0 if a run has an even number of chunks
  int32_t next_row;     // 28: bytes from the end of a run to the next
  int32_t next_block;   // 32: bytes
  int32_t runs;         // 36
  int32_t blocks;       // 40: counts down
  int32_t* sums;        // 44: advanced by the loop
  int32_t runs_left;    // 48
  const void* run_end;  // 52
};

#define STAPES_ARMDSP_CHUNK(load_weights) \
  load_weights                            \
      "ldrd r12, lr, [r1], #8\n\t"        \
      "smlad r6, r12, r10, r6\n\t"        \
      "smlad r6, lr, r11, r6\n\t"         \
      "ldrd r12, lr, [r2], #8\n\t"        \
      "smlad r7, r12, r10, r7\n\t"        \
      "smlad r7, lr, r11, r7\n\t"         \
      "ldrd r12, lr, [r3], #8\n\t"        \
      "smlad r8, r12, r10, r8\n\t"        \
      "smlad r8, lr, r11, r8\n\t"         \
      "ldrd r12, lr, [r4], #8\n\t"        \
      "smlad r9, r12, r10, r9\n\t"        \
      "smlad r9, lr, r11, r9\n\t"

// A run with an odd number of chunks begins in the middle of the loop. Saves r7, the frame pointer of unoptimized
// builds.
#define STAPES_ARMDSP_STRIP(load_weights)                      \
  register ArmDspStrip* const at_strip __asm__("r0") = &strip; \
  __asm__ volatile(                                                                                  \
      "push {r7}\n"                                                                                  \
      "1:\n\t" /* a block */                                                                         \
      "ldm r0, {r1-r5}\n\t"                                                                          \
      "ldr r12, [r0, #32]\n\t"                                                                       \
      "ldr lr, [r0, #36]\n\t"                                                                        \
      "add r2, r2, r1\n\t"                                                                           \
      "add r3, r3, r1\n\t"                                                                           \
      "add r4, r4, r1\n\t"                                                                           \
      "add r12, r12, r1\n\t"                                                                         \
      "str r12, [r0]\n\t"                                                                            \
      "mov r6, #0\n\t"                                                                               \
      "mov r7, #0\n\t"                                                                               \
      "mov r8, #0\n\t"                                                                               \
      "mov r9, #0\n"                                                                                 \
      "2:\n\t" /* a run */                                                                           \
      "str lr, [r0, #48]\n\t"                                                                        \
      "ldrd r12, lr, [r0, #20]\n\t"                                                                  \
      "add r12, r12, r5\n\t"                                                                         \
      "str r12, [r0, #52]\n\t"                                                                       \
      "cmp lr, #0\n\t"                                                                               \
      "bne 4f\n"                                                                                     \
      "3:\n\t" STAPES_ARMDSP_CHUNK(load_weights)                                                     \
      "4:\n\t" STAPES_ARMDSP_CHUNK(load_weights)                                                     \
      "ldr r12, [r0, #52]\n\t"                                                                       \
      "cmp r5, r12\n\t"                                                                              \
      "bne 3b\n\t"                                                                                   \
      "ldr lr, [r0, #48]\n\t"                                                                        \
      "subs lr, lr, #1\n\t"                                                                          \
      "beq 5f\n\t"                                                                                   \
      "ldr r12, [r0, #28]\n\t"                                                                       \
      "add r1, r1, r12\n\t"                                                                          \
      "add r2, r2, r12\n\t"                                                                          \
      "add r3, r3, r12\n\t"                                                                          \
      "add r4, r4, r12\n\t"                                                                          \
      "b 2b\n"                                                                                       \
      "5:\n\t"                                                                                       \
      "ldrd r12, lr, [r0, #40]\n\t"                                                                  \
      "stm lr!, {r6-r9}\n\t"                                                                         \
      "subs r12, r12, #1\n\t"                                                                        \
      "strd r12, lr, [r0, #40]\n\t"                                                                  \
      "bne 1b\n\t"                                                                                   \
      "pop {r7}"                                                                                     \
      :                                                                                              \
      : "r"(at_strip)                                                                                \
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory")

// Not inlined, to keep registers free.
static __attribute__((noinline)) void armdsp_strip_of_bytes(ArmDspStrip& strip) {
  STAPES_ARMDSP_STRIP("ldr r10, [r5], #4\n\tsxtb16 r11, r10, ror #8\n\tsxtb16 r10, r10\n\t");
}
static __attribute__((noinline)) void armdsp_strip_of_words(ArmDspStrip& strip) {
  STAPES_ARMDSP_STRIP("ldrd r10, r11, [r5], #8\n\t");
}

#undef STAPES_ARMDSP_STRIP
#undef STAPES_ARMDSP_CHUNK

static inline int32_t pair_at(const void* p) {
  int32_t pair;
  __builtin_memcpy(&pair, __builtin_assume_aligned(p, 4), sizeof pair);
  return pair;
}

struct ArmDspPairs {
  int32_t low, high;
};
static inline ArmDspPairs pairs_at(const int16_t* w) { return {pair_at(w), pair_at(w + 2)}; }
static inline ArmDspPairs pairs_at(const int8_t* w) {
  const int32_t bytes = pair_at(w);
  int32_t high;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(high) : "r"(bytes));
  return {static_cast<int32_t>(__sxtb16(bytes)), high};
}
static inline int32_t add_pairs(int32_t sum, const int16_t* x, const ArmDspPairs& w) {
  return __smlad(pair_at(x + 2), w.high, __smlad(pair_at(x), w.low, sum));
}

template <class StoredWeight>
struct ArmDspMachine : ArmDspSizes {
  using Weight = StoredWeight;

  // kNarrowPositions sums per block.
  STAPES_ALWAYS_INLINE void sum_strip(const NarrowLayout& l, const NarrowStrip<Element>& strip, const Weight* w,
                                      int32_t* sums) {
    if (!is_short(l)) return sum_long_strip(l, strip, w, sums);
    for_short_blocks(l, strip, w, [&sums](int32_t a, int32_t b, int32_t c, int32_t d) {
      *sums++ = a;
      *sums++ = b;
      *sums++ = c;
      *sums++ = d;
    });
  }

  // `sums` has room for all sums.
  STAPES_ALWAYS_INLINE int32_t largest_of_strip(const NarrowLayout& l, const NarrowStrip<Element>& strip,
                                                const Weight* w, int32_t* sums) {
    if (!is_short(l)) {
      sum_long_strip(l, strip, w, sums);
      return largest(sums, strip.blocks * kNarrowPositions);
    }
    int32_t best = INT32_MIN;
    for_short_blocks(l, strip, w, [&best](int32_t a, int32_t b, int32_t c, int32_t d) {
      best = larger(larger(larger(larger(best, a), b), c), d);
    });
    return best;
  }

  template <class Input>
  static inline void load_elements(const Input* input, int32_t count, int32_t zero_point, Element* to) {
    for (int32_t i = 0; i < count; ++i) to[i] = static_cast<Element>(input[i] - zero_point);
  }

 private:
  // Short runs are left to the compiler, which unrolls them and loads shared values once (narrow_conv_fixed).
  static inline bool is_short(const NarrowLayout& l) { return l.runs == 1 && l.run <= 40; }

  template <class Use>
  STAPES_ALWAYS_INLINE void for_short_blocks(const NarrowLayout& l, const NarrowStrip<Element>& strip, const Weight* w,
                                             Use use) {
    const Element* a = strip.from;
    for (int32_t block = 0; block < strip.blocks; ++block, a += strip.next) {
      int32_t sum_a = 0, sum_b = 0, sum_c = 0, sum_d = 0;
#pragma GCC unroll 10
      for (int32_t i = 0; i < l.run; i += kChunk) {
        const ArmDspPairs weights = pairs_at(w + i);
        sum_a = add_pairs(sum_a, a + i, weights);
        sum_b = add_pairs(sum_b, a + i + strip.second, weights);
        sum_c = add_pairs(sum_c, a + i + strip.third, weights);
        sum_d = add_pairs(sum_d, a + i + strip.fourth, weights);
      }
      use(sum_a, sum_b, sum_c, sum_d);
    }
  }

  static inline void sum_long_strip(const NarrowLayout& l, const NarrowStrip<Element>& strip, const Weight* w,
                                    int32_t* sums) {
    const auto bytes = [](ptrdiff_t elements) { return static_cast<int32_t>(elements) * 2; };
    ArmDspStrip s{};
    s.from = strip.from;
    s.second = bytes(strip.second);
    s.third = bytes(strip.third);
    s.fourth = bytes(strip.fourth);
    s.weights = w;
    s.run_bytes = l.run * static_cast<int32_t>(sizeof(Weight));
    s.odd_chunks = l.run & kChunk;
    s.next_row = bytes(l.row_elements - l.run);
    s.next_block = bytes(strip.next);
    s.runs = l.runs;
    s.blocks = strip.blocks;
    s.sums = sums;
    if (sizeof(Weight) == 1) {
      armdsp_strip_of_bytes(s);
    } else {
      armdsp_strip_of_words(s);
    }
  }
};

}  // namespace stapes
