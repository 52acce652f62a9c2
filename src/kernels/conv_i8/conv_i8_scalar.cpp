// SPDX-License-Identifier: Apache-2.0
#include "kernels/bits.h"
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/kernel.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {

// Without bias. `input` starts at the first channel of the filter's group.
template <class Input>
int32_t sum_at(const ConvShape& s, const Input* input, int32_t zero_point, const int8_t* filter, int32_t y, int32_t x) {
  int32_t sum = 0;
  for_each_run(s, patch_at(s, y, x), [&](size_t from, size_t weight, int32_t length) {
    for (int32_t i = 0; i < length; ++i) sum += filter[weight + i] * (input[from + i] - zero_point);
  });
  return sum;
}

template <class Input>
int32_t pooled_at(const ConvShape& s, const Input* input, int32_t zero_point, const int8_t* filter, int32_t out_y,
                  int32_t out_x) {
  return max_over_pool(s, out_y, out_x,
                       [&](int32_t y, int32_t x) { return sum_at(s, input, zero_point, filter, y, x); });
}

template <class Input, class Output>
void convolve(const ConvI8Args<Input, Output>& a) {
  const ConvShape& s = a.shape;
  Output* out = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x) {
      for_each_filter(s, [&](int32_t o, int32_t channel, size_t filter) {
        const int32_t sum = pooled_at(s, a.input + channel, a.in_zero_point, a.weights + filter, y, x) + a.bias[o];
        const int32_t q = a.out_zero_point + rescale(sum, a.multiplier[o], a.shift[o]);
        *out++ = clamp_to<Output>(q, a.minimum, a.maximum);
      });
    }
  }
}

}  // namespace

STAPES_KERNEL void conv_i8_scalar(const ConvI8Args<int8_t, int8_t>& a) noexcept { convolve(a); }
STAPES_KERNEL void conv_i8_from_i16_scalar(const ConvI8Args<int16_t, int8_t>& a) noexcept { convolve(a); }
STAPES_KERNEL void conv_i8_i16_scalar(const ConvI8Args<int16_t, int16_t>& a) noexcept { convolve(a); }

STAPES_KERNEL void conv_i8_bits_scalar(const ConvI8BitsArgs& a) noexcept {
  const ConvShape& s = a.shape;
  const int32_t words = words_of_bits(s.out_c);
  uint32_t* out = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x, out += words) {
      for (int32_t w = 0; w < words; ++w) out[w] = 0;
      for_each_filter(s, [&](int32_t o, int32_t channel, size_t filter) {
        const int32_t sum = pooled_at(s, a.input + channel, 0, a.weights + filter, y, x);
        out[o / 32] |= threshold_bit(sum, a.threshold, a.falling, o) << (o % 32);
      });
    }
  }
}

}  // namespace stapes
