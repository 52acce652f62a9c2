// SPDX-License-Identifier: Apache-2.0
// conv_i8_dense_armdsp.h: fully connected int8 layers on Armv7E-M, for exports: shapes known at compile time
// (dense/dense_layout.h).
#pragma once

#include "kernels/loops/dense/dense_machine_armdsp.h"

namespace stapes {

template <const ConvShape& kShape>
static inline void conv_i8_dense_armdsp_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  dense_conv_fixed<ArmDspDense, kShape>(a);
}

}  // namespace stapes
