// SPDX-License-Identifier: Apache-2.0
// depthwise_machine_armdsp.h: the products of depthwise_conv.h on Armv7E-M (Cortex-M4, M7). Copying widens four
// channels to two pairs of 16 bits. Four channels of a tap take two LDRD (input; weights, stored as pairs) and four
// multiply-adds (SMLABB, SMLATT).
#pragma once

#if !defined(__ARM_FEATURE_SIMD32)
#error "compile this for a core with the DSP extension, for example with -mcpu=cortex-m4"
#endif

#include <arm_acle.h>
#include <stdint.h>
#include <string.h>

#include "kernels/loops/depthwise/depthwise_conv.h"
#include "kernels/loops/depthwise/depthwise_variant.h"

namespace stapes {

struct ArmDspDepthwise : ArmDspDepthwiseSizes {
  using Pairs = uint64_t __attribute__((may_alias));  // two pairs of 16-bit values; LDRD loads both

  STAPES_ALWAYS_INLINE void copy(const int8_t* from, int32_t stride, int32_t count, int32_t zero_point, int16_t* to) {
    const uint32_t less = static_cast<uint32_t>(-zero_point) & 0xFFFF;
    const int32_t zeros = static_cast<int32_t>(less | less << 16);
    for (int32_t p = 0; p < count; ++p, from += stride, to += kDepthwiseChannels) {
      int32_t bytes;
      memcpy(&bytes, from, sizeof bytes);  // the core supports unaligned words
      int32_t odd;
      __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(odd) : "r"(zeros), "r"(bytes));
      const int32_t pairs[2] = {__sxtab16(zeros, bytes), odd};
      memcpy(to, pairs, sizeof pairs);
    }
  }
  STAPES_ALWAYS_INLINE void add_tap(const int16_t* x, const int16_t* w, int32_t* sums) {
    const auto values = static_cast<uint64_t>(*static_cast<const Pairs*>(static_cast<const void*>(x)));
    const auto factors = static_cast<uint64_t>(*static_cast<const Pairs*>(static_cast<const void*>(w)));
    const auto x02 = static_cast<int32_t>(values), x13 = static_cast<int32_t>(values >> 32);
    const auto w02 = static_cast<int32_t>(factors), w13 = static_cast<int32_t>(factors >> 32);
    sums[0] = __smlabb(x02, w02, sums[0]);
    sums[1] = __smlabb(x13, w13, sums[1]);
    sums[2] = __smlatt(x02, w02, sums[2]);
    sums[3] = __smlatt(x13, w13, sums[3]);
  }
};

}  // namespace stapes
