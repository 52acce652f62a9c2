// SPDX-License-Identifier: Apache-2.0
// depthwise_machine_plain.h: the products of depthwise_conv.h in standard C++.
#pragma once

#include <stdint.h>

#include "kernels/loops/depthwise/depthwise_conv.h"
#include "kernels/loops/depthwise/depthwise_variant.h"

namespace stapes {

struct PlainDepthwise : PlainDepthwiseSizes {
  STAPES_ALWAYS_INLINE void copy(const int8_t* from, int32_t stride, int32_t count, int32_t, int8_t* to) {
    for (int32_t p = 0; p < count; ++p, from += stride, to += kDepthwiseChannels) {
      to[0] = from[0];
      to[1] = from[1];
      to[2] = from[2];
      to[3] = from[3];
    }
  }
  STAPES_ALWAYS_INLINE void add_tap(const int8_t* x, const int8_t* w, int32_t* sums) {
    sums[0] += w[0] * x[0];
    sums[1] += w[1] * x[1];
    sums[2] += w[2] * x[2];
    sums[3] += w[3] * x[3];
  }
};

}  // namespace stapes
