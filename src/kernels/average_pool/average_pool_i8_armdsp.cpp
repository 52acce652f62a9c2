// SPDX-License-Identifier: Apache-2.0
// Average pools on Armv7E-M (Cortex-M4, M7): SXTAB16 widens two of four bytes and adds them to two 16-bit sums.
#if !defined(__ARM_FEATURE_SIMD32)
#error "compile this for a core with the DSP extension, for example with -mcpu=cortex-m4"
#endif

#include <arm_acle.h>
#include <string.h>

#include "kernels/average_pool/average_pool_i8_blocks.h"
#include "kernels/kernel.h"

namespace stapes {
namespace {

struct ArmDspPool {
  STAPES_ALWAYS_INLINE void add_row(const int8_t* from, int32_t stride, int32_t count, int32_t* sums) {
    constexpr int32_t kMax = 256;  // 256 * -128 = -2^15
    for (int32_t first = 0; first < count; first += kMax) {
      const int32_t end = count - first < kMax ? count : first + kMax;
      int32_t even = 0, odd = 0;
#pragma GCC unroll 4
      for (int32_t i = first; i < end; ++i, from += stride) {
        int32_t bytes;
        memcpy(&bytes, from, sizeof bytes);  // the core supports unaligned words
        even = __sxtab16(even, bytes);
        __asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(odd) : "r"(bytes));
      }
      sums[0] += static_cast<int16_t>(even);
      sums[1] += static_cast<int16_t>(odd);
      sums[2] += even >> 16;
      sums[3] += odd >> 16;
    }
  }
};

}  // namespace

STAPES_KERNEL void average_pool_i8_armdsp(const AveragePoolArgs<int8_t, int8_t>& a) noexcept {
  average_pool_blocks<ArmDspPool>(a);
}

}  // namespace stapes
