// SPDX-License-Identifier: Apache-2.0
// dense_machine_plain.h: the products of dense_conv.h in standard C++.
#pragma once

#include <stdint.h>

#include "kernels/loops/dense/dense_conv.h"

namespace stapes {

struct PlainDense : PlainDenseSizes {
  static constexpr int32_t place_of(int32_t i) { return i; }
  STAPES_ALWAYS_INLINE void load(const int8_t* from, int32_t count, int32_t, int8_t* to) {
    for (int32_t i = 0; i < count; ++i) to[i] = from[i];
  }
  STAPES_ALWAYS_INLINE void add(const int8_t* x, const int8_t* w0, const int8_t* w1, int32_t count, int32_t* sums) {
    int32_t sum0 = sums[0], sum1 = sums[1];
#pragma GCC unroll 4
    for (int32_t i = 0; i < count; ++i) {
      sum0 += w0[i] * x[i];
      sum1 += w1[i] * x[i];
    }
    sums[0] = sum0;
    sums[1] = sum1;
  }
};

}  // namespace stapes
