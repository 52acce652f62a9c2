// SPDX-License-Identifier: Apache-2.0
// depthwise_machine_avx512vnni.h: the operations of depthwise_taps_conv.h. In an unnamed namespace, like everything
// compiled for one instruction set.
#pragma once

#include "kernels/loops/depthwise/depthwise_taps_layout.h"
#include "kernels/loops/tiled/machine_avx512vnni.h"

namespace stapes {
namespace {

struct Avx512Depthwise : DepthwiseTaps, Avx512 {
  static Sums load_weights(const LowerHalf* weights) { return _mm512_load_si512(weights); }
  static Sums add_products(Sums sums, Sums inputs, Sums weights) { return _mm512_dpwssd_epi32(sums, inputs, weights); }
};

}  // namespace
}  // namespace stapes
