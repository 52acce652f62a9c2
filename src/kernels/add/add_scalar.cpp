// SPDX-License-Identifier: Apache-2.0
#include "kernels/add/add.h"
#include "kernels/kernel.h"
#include "kernels/relu_f32.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {

int32_t on_common_grid(int32_t q, const AddI8Branch& branch) {
  return rescale((q - branch.zero_point) * (int32_t{1} << kAddHeadroomBits), branch.multiplier, branch.shift);
}

template <class Other>
void add_streams(const AddI32Args<Other>& a) {
  const int32_t lowest = a.relu ? 0 : INT32_MIN;
  const int16_t* input = a.input;
  const Other* other = a.other;
  int32_t* output = a.output;
  for (int32_t p = 0; p < a.positions; ++p, input += a.channels, other += a.channels, output += a.channels) {
    for (int32_t c = 0; c < a.channels; ++c) {
      const int32_t sum = input[c] * a.a_multiplier[c] + other[c] * a.b_multiplier[c];
      output[c] = sum > lowest ? sum : lowest;
    }
  }
}

}  // namespace

STAPES_KERNEL void add_f32_scalar(const AddF32Args& a) noexcept {
  for (int32_t i = 0; i < a.count; ++i) {
    a.output[i] = activate_f32(a.input[i] + a.other[i], a.relu, a.relu6);
  }
}

STAPES_KERNEL void add_i8_scalar(const AddI8Args& a) noexcept {
  for (int32_t i = 0; i < a.count; ++i) {
    const int32_t sum = on_common_grid(a.input[i], a.a) + on_common_grid(a.other[i], a.b);
    a.output[i] = clamp_to<int8_t>(a.out_zero_point + rescale(sum, a.multiplier, a.shift), a.minimum, a.maximum);
  }
}

STAPES_KERNEL void add_i32_from_i16_scalar(const AddI32Args<int16_t>& a) noexcept { add_streams(a); }
STAPES_KERNEL void add_i32_from_i32_scalar(const AddI32Args<int32_t>& a) noexcept { add_streams(a); }

}  // namespace stapes
