// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_f32/conv_f32.h"
#include "kernels/dot_f32.h"
#include "kernels/kernel.h"
#include "kernels/quantize_f32.h"
#include "kernels/relu_f32.h"

namespace stapes {
namespace {

// `input` starts at the first channel of the filter's group.
template <class Input>
float sum_at(const ConvShape& s, const Input* input, const RealOf<Input>& real, const float* filter, float bias,
             int32_t y, int32_t x) {
  float sum = bias;
  for_each_run(s, patch_at(s, y, x), [&](size_t from, size_t weight, int32_t length) {
    sum += dot_f32(filter + weight, input + from, length, real);
  });
  return sum;
}

void store(float value, float /*scale*/, int32_t /*zero_point*/, float* out) { *out = value; }
void store(float value, float scale, int32_t zero_point, int8_t* out) { *out = quantize_f32(value, scale, zero_point); }

template <class Input, class Output>
void convolve(const ConvF32Args<Input, Output>& a) {
  const ConvShape& s = a.shape;
  const RealOf<Input> real{a.in_scale, a.in_zero_point};
  Output* out = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x) {
      for_each_filter(s, [&](int32_t o, int32_t channel, size_t filter) {
        const float best = max_over_pool(s, y, x, [&](int32_t in_y, int32_t in_x) {
          return sum_at(s, a.input + channel, real, a.weights + filter, a.bias[o], in_y, in_x);
        });
        store(activate_f32(best, a.relu, a.relu6), a.out_scale, a.out_zero_point, out++);
      });
    }
  }
}

}  // namespace

STAPES_KERNEL void conv_f32_scalar(const ConvF32Args<float, float>& a) noexcept { convolve(a); }
STAPES_KERNEL void conv_f32_to_i8_scalar(const ConvF32Args<float, int8_t>& a) noexcept { convolve(a); }
STAPES_KERNEL void conv_f32_from_i8_scalar(const ConvF32Args<int8_t, float>& a) noexcept { convolve(a); }
STAPES_KERNEL void conv_f32_from_i8_to_i8_scalar(const ConvF32Args<int8_t, int8_t>& a) noexcept { convolve(a); }
STAPES_KERNEL void conv_f32_from_i16_scalar(const ConvF32Args<int16_t, float>& a) noexcept { convolve(a); }
STAPES_KERNEL void conv_f32_from_i16_to_i8_scalar(const ConvF32Args<int16_t, int8_t>& a) noexcept { convolve(a); }

}  // namespace stapes
