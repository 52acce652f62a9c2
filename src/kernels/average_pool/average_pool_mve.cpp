// SPDX-License-Identifier: Apache-2.0
// Average pools on Armv8.1-M with MVE (Cortex-M55): four channels in 32-bit lanes.
#if !(__ARM_FEATURE_MVE & 1)
#error "compile this for a core with integer MVE (Helium), for example with -mcpu=cortex-m55"
#endif

#include <arm_mve.h>

#include "kernels/average_pool/average_pool_i8_blocks.h"
#include "kernels/kernel.h"

namespace stapes {
namespace {

struct MvePool {
  STAPES_ALWAYS_INLINE void add_row(const int8_t* from, int32_t stride, int32_t count, int32_t* sums) {
    int32x4_t sum = vld1q_s32(sums);
    for (int32_t i = 0; i < count; ++i, from += stride) sum = vaddq_s32(sum, vldrbq_s32(from));
    vst1q_s32(sums, sum);
  }
};

}  // namespace

STAPES_KERNEL void average_pool_i8_mve(const AveragePoolArgs<int8_t, int8_t>& a) noexcept {
  average_pool_blocks<MvePool>(a);
}

}  // namespace stapes
