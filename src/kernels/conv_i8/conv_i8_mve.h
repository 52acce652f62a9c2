// SPDX-License-Identifier: Apache-2.0
// conv_i8_mve.h: 8-bit convolutions on Armv8.1-M with MVE, for exports. The narrow kernels (narrow/narrow_layout.h) are
// compiled for each shape; the others have one function for all shapes.
#pragma once

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/loops/depthwise/depthwise_lanes_mve.h"
#include "kernels/loops/narrow/narrow_finish.h"
#include "kernels/loops/narrow/narrow_machine_mve.h"
#include "kernels/loops/patch/patch_machine_mve.h"

namespace stapes {

static inline __attribute__((noinline)) void conv_i8_patch_mve(const ConvI8Args<int8_t, int8_t>& a) {
  patch_conv<MvePatch>(a);
}
static inline __attribute__((noinline)) void conv_i8_single_patch_mve(const ConvI8Args<int8_t, int8_t>& a) {
  patch_conv<MveSinglePatch>(a);
}
static inline __attribute__((noinline)) void conv_i8_depthwise_lanes_mve(const ConvI8Args<int8_t, int8_t>& a) {
  depthwise_lanes_conv<MveDepthwiseLanes>(a);
}

template <const ConvShape& kShape>
static inline void conv_i8_patch_mve_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  conv_i8_patch_mve(a);
}

template <const ConvShape& kShape>
static inline void conv_i8_single_patch_mve_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  conv_i8_single_patch_mve(a);
}

template <const ConvShape& kShape>
static inline void conv_i8_depthwise_lanes_mve_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  conv_i8_depthwise_lanes_mve(a);
}

template <const ConvShape& kShape>
static inline void conv_i8_mve_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  narrow_conv_fixed<MveMachine<MveByteSizes>, kShape>(a);
}

template <const ConvShape& kShape>
static inline void conv_i8_from_i16_mve_fixed(const ConvI8Args<int16_t, int8_t>& a) {
  narrow_conv_fixed<MveMachine<MveWordSizes>, kShape>(a);
}

template <const ConvShape& kShape>
static inline void conv_i8_i16_mve_fixed(const ConvI8Args<int16_t, int16_t>& a) {
  narrow_conv_fixed<MveMachine<MveWordSizes>, kShape>(a);
}

template <const ConvShape& kShape>
static inline void conv_i8_bits_mve_fixed(const ConvI8BitsArgs& a) {
  narrow_conv_fixed<MveMachine<MveWordSizes>, kShape>(a);
}

}  // namespace stapes
