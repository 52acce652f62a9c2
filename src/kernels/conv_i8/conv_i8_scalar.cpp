#include "kernels/bits.h"
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {

// Without bias.
template <class Args>
int32_t sum_at(const Args& a, int32_t zero_point, int32_t o, int32_t y, int32_t x) {
  const int8_t* filter = a.weights + static_cast<size_t>(o) * filter_size(a.shape);
  int32_t sum = 0;
  for_each_run(a.shape, patch_at(a.shape, y, x), o, [&](size_t input, size_t weight, int32_t length) {
    for (int32_t i = 0; i < length; ++i) sum += filter[weight + i] * (a.input[input + i] - zero_point);
  });
  return sum;
}

template <class Args>
int32_t pooled_at(const Args& a, int32_t zero_point, int32_t o, int32_t out_y, int32_t out_x) {
  return max_over_pool(a.shape, out_y, out_x, [&](int32_t y, int32_t x) { return sum_at(a, zero_point, o, y, x); });
}

template <class Input, class Output>
void convolve(const ConvI8Args<Input, Output>& a) {
  const ConvShape& s = a.shape;
  Output* out = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x) {
      for (int32_t o = 0; o < s.out_c; ++o) {
        const int32_t sum = a.bias[o] + pooled_at(a, a.in_zero_point, o, y, x);
        const int32_t q = a.out_zero_point + rescale(sum, a.multiplier[o], a.shift[o]);
        *out++ = clamp_to<Output>(q, a.minimum, a.maximum);
      }
    }
  }
}

}  // namespace

void conv_i8_scalar(const ConvI8Args<int8_t, int8_t>& a) noexcept { convolve(a); }
void conv_i8_from_i16_scalar(const ConvI8Args<int16_t, int8_t>& a) noexcept { convolve(a); }
void conv_i8_i16_scalar(const ConvI8Args<int16_t, int16_t>& a) noexcept { convolve(a); }

void conv_i8_bits_scalar(const ConvI8BitsArgs& a) noexcept {
  const ConvShape& s = a.shape;
  const int32_t words = words_of_bits(s.out_c);
  uint32_t* out = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x, out += words) {
      for (int32_t w = 0; w < words; ++w) out[w] = 0;
      for (int32_t o = 0; o < s.out_c; ++o) {
        const int32_t sum = pooled_at(a, 0, o, y, x);
        out[o / 32] |= threshold_bit(sum, a.threshold, a.falling, o) << (o % 32);
      }
    }
  }
}

}  // namespace stapes
