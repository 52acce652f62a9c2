// SPDX-License-Identifier: Apache-2.0
// linear_i8_rescaled.h: a fully connected layer from int8 to int8, for both rescaling rules of requantize.h.
#pragma once

#include "kernels/always_inline.h"
#include "kernels/linear/linear.h"
#include "kernels/requantize.h"

namespace stapes {

template <int32_t (*kRescale)(int32_t sum, int32_t multiplier, int32_t shift)>
STAPES_ALWAYS_INLINE void linear_i8_rescaled(const LinearI8ToI8Args& a) {
  const int8_t* row = a.weights;
  for (int32_t o = 0; o < a.outputs; ++o, row += a.inputs) {
    int32_t sum = a.bias[o];
    for (int32_t i = 0; i < a.inputs; ++i) sum += static_cast<int32_t>(row[i]) * (a.input[i] - a.in_zero_point);
    const int32_t scaled = a.out_zero_point + kRescale(sum, a.multiplier[o], a.shift[o]);
    a.output[o] = clamp_to<int8_t>(scaled, a.minimum, a.maximum);
  }
}

}  // namespace stapes
