// SPDX-License-Identifier: Apache-2.0
// Binary convolution by table lookup, for any shape.
#include "kernels/conv_bits/conv_bits_tables_plain.h"

#include "kernels/kernel.h"

namespace stapes {

STAPES_KERNEL void conv_bits_tables_plain(const ConvBitsArgs<uint32_t>& a) noexcept {
  run_tables(a.shape, table_layout(a.shape), a);
}

}  // namespace stapes
