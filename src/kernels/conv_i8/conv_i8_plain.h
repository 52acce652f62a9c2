// SPDX-License-Identifier: Apache-2.0
// conv_i8_plain.h: 8-bit convolutions in standard C++, for exports: shapes known at compile time
// (narrow/narrow_layout.h).
#pragma once

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/loops/narrow/narrow_finish.h"
#include "kernels/loops/narrow/narrow_machine_plain.h"

namespace stapes {

template <const ConvShape& kShape>
static inline void conv_i8_plain_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  narrow_conv_fixed<PlainMachine<PlainByteSizes, int8_t>, kShape>(a);
}

template <const ConvShape& kShape>
static inline void conv_i8_from_i16_plain_fixed(const ConvI8Args<int16_t, int8_t>& a) {
  narrow_conv_fixed<PlainMachine<PlainWordSizes, int8_t>, kShape>(a);
}

template <const ConvShape& kShape>
static inline void conv_i8_i16_plain_fixed(const ConvI8Args<int16_t, int16_t>& a) {
  narrow_conv_fixed<PlainMachine<PlainWordSizes, int8_t>, kShape>(a);
}

template <const ConvShape& kShape>
static inline void conv_i8_bits_plain_fixed(const ConvI8BitsArgs& a) {
  narrow_conv_fixed<PlainMachine<PlainWordSizes, int8_t>, kShape>(a);
}

}  // namespace stapes
