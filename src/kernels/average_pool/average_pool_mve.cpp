// SPDX-License-Identifier: Apache-2.0
// Four channels at a time in lanes of 32 bits on Armv8.1-M with vectors (Cortex-M55).
#if !(__ARM_FEATURE_MVE & 1)
#error "compile this for a core with integer vectors, such as -mcpu=cortex-m55"
#endif

#include <arm_mve.h>
#include <stddef.h>

#include "kernels/always_inline.h"
#include "kernels/average_pool/average_pool.h"
#include "kernels/kernel.h"

namespace stapes {
namespace {

constexpr int32_t kLanes = 4;

// Of channels from `input` on.
STAPES_ALWAYS_INLINE int32x4_t sum_of_window(const AveragePoolArgs<int8_t, int8_t>& a, const int8_t* input,
                                             mve_pred16_t lanes) {
  int32x4_t sum = vdupq_n_s32(0);
  for (int32_t y = 0; y < a.pool_h; ++y, input += static_cast<ptrdiff_t>(a.in_w) * a.channels) {
    const int8_t* from = input;
    for (int32_t x = a.pool_w; x > 0; --x, from += a.channels) sum = vaddq_s32(sum, vldrbq_z_s32(from, lanes));
  }
  return sum;
}

}  // namespace

STAPES_KERNEL void average_pool_i8_mve(const AveragePoolArgs<int8_t, int8_t>& a) noexcept {
  const int32_t area = a.pool_h * a.pool_w;
  int8_t* out = a.output;
  for (int32_t y = 0; y + a.pool_h <= a.in_h; y += a.pool_h) {
    for (int32_t x = 0; x + a.pool_w <= a.in_w; x += a.pool_w) {
      const int8_t* const window = a.input + (static_cast<ptrdiff_t>(y) * a.in_w + x) * a.channels;
      for (int32_t c = 0; c < a.channels; c += kLanes) {
        int32_t sums[kLanes];
        vst1q_s32(sums, sum_of_window(a, window + c, vctp32q(static_cast<uint32_t>(a.channels - c))));
        for (int32_t i = 0; i < kLanes && c + i < a.channels; ++i) {
          const int32_t nudge = sums[i] > 0 ? area / 2 : -(area / 2);
          *out++ = static_cast<int8_t>((sums[i] + nudge) / area);
        }
      }
    }
  }
}

}  // namespace stapes
