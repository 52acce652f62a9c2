// SPDX-License-Identifier: Apache-2.0
// conv_i8_depthwise_armdsp.h: int8 depthwise convolutions on Armv7E-M, for exports: shapes known at compile time
// (depthwise/depthwise_conv.h).
#pragma once

#include "kernels/loops/depthwise/depthwise_machine_armdsp.h"

namespace stapes {

template <const ConvShape& kShape>
static inline void conv_i8_depthwise_armdsp_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  depthwise_conv_fixed<ArmDspDepthwise, kShape>(a);
}

}  // namespace stapes
