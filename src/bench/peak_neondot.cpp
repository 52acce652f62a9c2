// SPDX-License-Identifier: Apache-2.0
#ifndef __ARM_FEATURE_DOTPROD
#error "compile this file with the flags of NEONDOT (cmake/isa.cmake)"
#endif
#include <arm_neon.h>

#include "bench/peak_chains.h"

namespace stapes {

uint32_t peak_i8_neondot(uint32_t steps) noexcept {
  const int8x16_t input = vdupq_n_s8(3), weight = vdupq_n_s8(5);
  const auto next = [=](int32x4_t v) { return vdotq_s32(v, input, weight); };
  const auto join = [](int32x4_t a, int32x4_t b) { return vaddq_s32(a, b); };
  return static_cast<uint32_t>(vgetq_lane_s32(run_chains<kFusedChains>(steps, vdupq_n_s32(0), next, join), 0));
}

}  // namespace stapes
