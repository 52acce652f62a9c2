// SPDX-License-Identifier: Apache-2.0
// conv_i8_paired_armdsp.h: int8 convolutions without a pool on Armv7E-M, for exports: shapes known at compile time
// (paired/paired_layout.h).
#pragma once

#include "kernels/loops/paired/paired_machine_armdsp.h"

namespace stapes {

template <const ConvShape& kShape>
static inline void conv_i8_paired_armdsp_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  paired_conv_fixed<ArmDspPaired, kShape>(a);
}

}  // namespace stapes
