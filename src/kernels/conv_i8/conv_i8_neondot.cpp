// SPDX-License-Identifier: Apache-2.0
// Convolutions of int8 inputs on AArch64 with dot product instructions: 16 byte products per instruction.
#ifndef __ARM_FEATURE_DOTPROD
#error "compile this file with the flags of NEONDOT (cmake/isa.cmake)"
#endif

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_i8/conv_i8_sparse.h"
#include "kernels/loops/tiled/machine_neon.h"
#include "kernels/loops/tiled/run_tiled.h"

namespace stapes {

void conv_i8_neondot(const ConvI8Args<int8_t, int8_t>& a) noexcept { run_rescaled<NeonBytes>(a); }
void conv_i8_sparse_neondot(const ConvI8SparseArgs<int8_t>& a) noexcept { run_rescaled<NeonBytes>(a); }

}  // namespace stapes
