// SPDX-License-Identifier: Apache-2.0
// conv_i8_depthwise_plain.h: int8 depthwise convolutions in standard C++, for exports: shapes known at compile time
// (depthwise/depthwise_conv.h).
#pragma once

#include "kernels/loops/depthwise/depthwise_machine_plain.h"

namespace stapes {

template <const ConvShape& kShape>
static inline void conv_i8_depthwise_plain_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  depthwise_conv_fixed<PlainDepthwise, kShape>(a);
}

}  // namespace stapes
