// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "kernels/dot_f32.h"
#include "kernels/kernel.h"
#include "kernels/linear/linear.h"
#include "kernels/quantize_f32.h"

namespace stapes {
namespace {

template <class Args>
void multiply(const Args& a, int32_t zero_point) {
  auto row = a.weights;
  for (int32_t o = 0; o < a.outputs; ++o, row += a.inputs) {
    int32_t sum = a.bias[o];
    for (int32_t i = 0; i < a.inputs; ++i) sum += static_cast<int32_t>(row[i]) * (a.input[i] - zero_point);
    a.output[o] = sum;
  }
}

template <class Input>
void multiply_real(const LinearArgs<float, Input, float>& a) {
  const RealOf<Input> real{a.scale, a.zero_point};
  const float* row = a.weights;
  for (int32_t o = 0; o < a.outputs; ++o, row += a.inputs) {
    a.output[o] = a.bias[o] + dot_f32(row, a.input, a.inputs, real);
  }
}

}  // namespace

STAPES_KERNEL void linear_f32_scalar(const LinearF32Args& a) noexcept { multiply_real(a); }
STAPES_KERNEL void linear_f32_from_i8_scalar(const LinearF32FromI8Args& a) noexcept { multiply_real(a); }

STAPES_KERNEL void linear_i8_scalar(const LinearI8Args& a) noexcept { multiply(a, a.zero_point); }
STAPES_KERNEL void linear_i16_scalar(const LinearI16Args& a) noexcept { multiply(a, 0); }

}  // namespace stapes
