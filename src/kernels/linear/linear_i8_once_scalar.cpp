// SPDX-License-Identifier: Apache-2.0
#include "kernels/kernel.h"
#include "kernels/linear/linear.h"
#include "kernels/requantize.h"

namespace stapes {

STAPES_KERNEL void linear_i8_once_scalar(const LinearI8ToI8Args& a) noexcept {
  const int8_t* row = a.weights;
  for (int32_t o = 0; o < a.outputs; ++o, row += a.inputs) {
    int32_t sum = a.bias[o];
    for (int32_t i = 0; i < a.inputs; ++i) sum += static_cast<int32_t>(row[i]) * (a.input[i] - a.in_zero_point);
    const int32_t scaled = a.out_zero_point + rescale_once(sum, a.multiplier[o], a.shift[o]);
    a.output[o] = clamp_to<int8_t>(scaled, a.minimum, a.maximum);
  }
}

}  // namespace stapes
