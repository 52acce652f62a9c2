// SPDX-License-Identifier: Apache-2.0
// conv_i8_twin_plain.h: int8 convolutions without a pool on cores with only 32-bit products, for exports: shapes known
// at compile time (twin/twin_layout.h).
#pragma once

#if defined(__ARM_ARCH_6M__)
#include "kernels/loops/twin/twin_machine_armv6m.h"
#else
#include "kernels/loops/twin/twin_machine_plain.h"
#endif

namespace stapes {

template <const ConvShape& kShape>
static inline void conv_i8_twin_plain_fixed(const ConvI8Args<int8_t, int8_t>& a) {
#if defined(__ARM_ARCH_6M__)
  twin_conv_fixed<ArmV6MTwin, kShape>(a);
#else
  twin_conv_fixed<PlainTwin, kShape>(a);
#endif
}

}  // namespace stapes
