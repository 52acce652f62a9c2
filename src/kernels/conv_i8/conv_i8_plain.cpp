// SPDX-License-Identifier: Apache-2.0
// 8-bit convolutions in standard C++ for cores with few registers (narrow/narrow_layout.h).
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/kernel.h"
#include "kernels/loops/dense/dense_machine_plain.h"
#include "kernels/loops/depthwise/depthwise_bands_plain.h"
#include "kernels/loops/depthwise/depthwise_machine_plain.h"
#include "kernels/loops/narrow/narrow_finish.h"
#include "kernels/loops/narrow/narrow_machine_plain.h"
#include "kernels/loops/twin/twin_machine_plain.h"

namespace stapes {

STAPES_KERNEL void conv_i8_plain(const ConvI8Args<int8_t, int8_t>& a) noexcept {
  narrow_conv<PlainMachine<PlainByteSizes, int8_t>>(a);
}
STAPES_KERNEL void conv_i8_depthwise_plain(const ConvI8Args<int8_t, int8_t>& a) noexcept {
  depthwise_conv<PlainDepthwise>(a);
}
STAPES_KERNEL void conv_i8_depthwise_bands_plain(const ConvI8Args<int8_t, int8_t>& a) noexcept {
  depthwise_bands<PlainDepthwiseBandsOfAny>(a);
}
STAPES_KERNEL void conv_i8_dense_plain(const ConvI8Args<int8_t, int8_t>& a) noexcept { dense_conv<PlainDense>(a); }
STAPES_KERNEL void conv_i8_twin_plain(const ConvI8Args<int8_t, int8_t>& a) noexcept { twin_conv<PlainTwin>(a); }
STAPES_KERNEL void conv_i8_from_i16_plain(const ConvI8Args<int16_t, int8_t>& a) noexcept {
  narrow_conv<PlainMachine<PlainWordSizes, int8_t>>(a);
}
STAPES_KERNEL void conv_i8_i16_plain(const ConvI8Args<int16_t, int16_t>& a) noexcept {
  narrow_conv<PlainMachine<PlainWordSizes, int8_t>>(a);
}
STAPES_KERNEL void conv_i8_bits_plain(const ConvI8BitsArgs& a) noexcept {
  narrow_conv<PlainMachine<PlainWordSizes, int8_t>>(a);
}

}  // namespace stapes
