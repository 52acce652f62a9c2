// SPDX-License-Identifier: Apache-2.0
// depthwise_machine_avx2.h: the operations of depthwise_taps_conv.h. In a namespace without a name, as everything
// compiled for one instruction set.
#pragma once

#include "kernels/loops/depthwise/depthwise_taps_layout.h"
#include "kernels/loops/tiled/machine_avx2.h"

namespace stapes {
namespace {

struct Avx2Depthwise : DepthwiseTaps<8>, Avx2 {
  static Sums load_weights(const LowerHalf* weights) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(weights));
  }
  static Sums add_products(Sums sums, Sums inputs, Sums weights) {
    return _mm256_add_epi32(sums, _mm256_madd_epi16(inputs, weights));
  }
};

}  // namespace
}  // namespace stapes
