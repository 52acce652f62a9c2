// SPDX-License-Identifier: Apache-2.0
// dense_machine_armdsp.h: the products of dense_conv.h on Armv7E-M (Cortex-M4, M7). Four elements and two filters, 8
// MACs, take LDRD of the widened input; for each filter LDR, SXTB16, SXTB16 with rotation, SMLAD, SMLAD.
#pragma once

#if !defined(__ARM_FEATURE_SIMD32)
#error "compile this for a core with the DSP extension, for example with -mcpu=cortex-m4"
#endif

#include <arm_acle.h>
#include <stdint.h>
#include <string.h>

#include "kernels/loops/dense/dense_conv.h"

namespace stapes {

struct ArmDspDense : ArmDspDenseSizes {
  using Pairs = uint64_t __attribute__((may_alias));  // two pairs of 16-bit values
  using Word = int32_t __attribute__((may_alias));

  // Elements 0 and 2, 1 and 3 form pairs: SXTB16 unpacks weights in this order.
  static constexpr int32_t place_of(int32_t i) { return i == 1 ? 2 : i == 2 ? 1 : i; }

  STAPES_ALWAYS_INLINE void load(const int8_t* from, int32_t count, int32_t zero_point, int16_t* to) {
    for (int32_t i = 0; i < count; ++i) {
      to[i / kChunk * kChunk + place_of(i % kChunk)] = static_cast<int16_t>(from[i] - zero_point);
    }
  }

  STAPES_ALWAYS_INLINE int32_t odd_bytes(int32_t word) {
    int32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
  }

  STAPES_ALWAYS_INLINE void add(const int16_t* x, const int8_t* w0, const int8_t* w1, int32_t count, int32_t* sums) {
    const Pairs* elements = static_cast<const Pairs*>(static_cast<const void*>(x));
    const Word* first = static_cast<const Word*>(static_cast<const void*>(w0));
    const Word* second = static_cast<const Word*>(static_cast<const void*>(w1));
    int32_t sum0 = sums[0], sum1 = sums[1];
#pragma GCC unroll 4
    for (int32_t i = 0; i < count / kChunk; ++i) {
      const uint64_t pairs = elements[i];
      const auto even = static_cast<int32_t>(pairs), odd = static_cast<int32_t>(pairs >> 32);
      sum0 = __smlad(__sxtb16(first[i]), even, sum0);
      sum0 = __smlad(odd_bytes(first[i]), odd, sum0);
      sum1 = __smlad(__sxtb16(second[i]), even, sum1);
      sum1 = __smlad(odd_bytes(second[i]), odd, sum1);
    }
    sums[0] = sum0;
    sums[1] = sum1;
  }
};

}  // namespace stapes
