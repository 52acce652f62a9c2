// SPDX-License-Identifier: Apache-2.0
// conv_i8_paired_dense_armdsp.h: fully connected int8 layers on Armv7E-M, for exports: shapes known at compile time
// (paired/paired_dense.h).
#pragma once

#include "kernels/loops/paired/paired_dense_machine_armdsp.h"

namespace stapes {

template <const ConvShape& kShape>
static inline void conv_i8_paired_dense_armdsp_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  paired_dense_fixed<ArmDspPairedDenseMachine, kShape>(a);
}

}  // namespace stapes
