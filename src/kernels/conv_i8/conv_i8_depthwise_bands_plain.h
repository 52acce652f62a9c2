// SPDX-License-Identifier: Apache-2.0
// conv_i8_depthwise_bands_plain.h: int8 depthwise convolutions on cores that multiply one pair at a time, for exports:
// shapes known at compile time (depthwise/depthwise_bands.h).
#pragma once

#if defined(__ARM_ARCH_6M__)
#include "kernels/loops/depthwise/depthwise_bands_armv6m.h"
#else
#include "kernels/loops/depthwise/depthwise_bands_plain.h"
#endif

namespace stapes {

template <const ConvShape& kShape>
static inline void conv_i8_depthwise_bands_plain_fixed(const ConvI8Args<int8_t, int8_t>& a) {
#if defined(__ARM_ARCH_6M__)
  depthwise_bands_fixed<ArmV6MDepthwiseBands<kShape.kernel_h, kShape.kernel_w>, kShape>(a);
#else
  depthwise_bands_fixed<PlainDepthwiseBands<kShape.kernel_h, kShape.kernel_w>, kShape>(a);
#endif
}

}  // namespace stapes
