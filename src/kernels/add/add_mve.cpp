// SPDX-License-Identifier: Apache-2.0
// Int8 additions on Armv8.1-M with MVE (Cortex-M55), four elements at a time.
#if !(__ARM_FEATURE_MVE & 1)
#error "compile this for a core with integer MVE (Helium), for example with -mcpu=cortex-m55"
#endif

#include <arm_mve.h>

#include "kernels/add/add.h"
#include "kernels/always_inline.h"
#include "kernels/kernel.h"

namespace stapes {
namespace {

// rescale() without its left shift; `shift` <= 0.
STAPES_ALWAYS_INLINE int32x4_t rescaled(int32x4_t x, int32_t multiplier, int32x4_t shift) {
  const int32x4_t high = vqrdmulhq_n_s32(x, multiplier);
  const int32x4_t away_from_zero = vshrq_n_s32(vandq_s32(high, shift), 31);
  return vrshlq_s32(vaddq_s32(high, away_from_zero), shift);
}

STAPES_ALWAYS_INLINE int32x4_t on_common_grid(int32x4_t q, const AddI8Branch& branch) {
  return rescaled(vshlq_n_s32(vsubq_n_s32(q, branch.zero_point), kAddHeadroomBits), branch.multiplier,
                  vdupq_n_s32(branch.shift));
}

// The reader checks that no branch shifts left.
STAPES_ALWAYS_INLINE int32x4_t add_four(const AddI8Args& a, int32x4_t x, int32x4_t y) {
  const int32_t left = a.shift > 0 ? a.shift : 0, right = a.shift > 0 ? 0 : a.shift;
  const int32x4_t sum = vshlq_r_s32(vaddq_s32(on_common_grid(x, a.a), on_common_grid(y, a.b)), left);
  const int32x4_t scaled = vaddq_n_s32(rescaled(sum, a.multiplier, vdupq_n_s32(right)), a.out_zero_point);
  return vminq_s32(vmaxq_s32(scaled, vdupq_n_s32(a.minimum)), vdupq_n_s32(a.maximum));
}

}  // namespace

STAPES_KERNEL void add_i8_mve(const AddI8Args& args) noexcept {
  const AddI8Args a = args;  // a copy: byte stores could alias `args`
  int32_t i = 0;
  for (; i + 4 <= a.count; i += 4) {
    vstrbq_s32(a.output + i, add_four(a, vldrbq_s32(a.input + i), vldrbq_s32(a.other + i)));
  }
  if (i == a.count) return;
  const mve_pred16_t rest = vctp32q(static_cast<uint32_t>(a.count - i));
  const int32x4_t sums = add_four(a, vldrbq_z_s32(a.input + i, rest), vldrbq_z_s32(a.other + i, rest));
  vstrbq_p_s32(a.output + i, sums, rest);
}

}  // namespace stapes
