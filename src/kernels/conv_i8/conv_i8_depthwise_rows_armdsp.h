// SPDX-License-Identifier: Apache-2.0
// conv_i8_depthwise_rows_armdsp.h: int8 depthwise convolutions on Armv7E-M, for exports: shapes known at compile time
// (depthwise/depthwise_rows.h).
#pragma once

#include "kernels/loops/depthwise/depthwise_rows_armdsp.h"

namespace stapes {

template <const ConvShape& kShape>
static inline void conv_i8_depthwise_rows_armdsp_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  depthwise_rows_fixed<ArmDspDepthwiseRows<kShape.kernel_h, kShape.kernel_w, kShape.stride_w>, kShape>(a);
}

}  // namespace stapes
