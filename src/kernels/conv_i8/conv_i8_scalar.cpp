#include "kernels/conv_i8/conv_i8.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {

template <class Input>
int32_t sum_at(const ConvI8Args<Input>& a, const int8_t* filter, int32_t y, int32_t x) {
  const Patch patch = patch_at(a.shape, y, x);
  const int32_t length = patch_row_length(a.shape, patch);
  int32_t sum = 0;
  for (int32_t tap_h = patch.rows.first; tap_h < patch.rows.last; ++tap_h) {
    const int8_t* w = filter + patch_weight(a.shape, patch, tap_h);
    const Input* q = a.input + patch_input(a.shape, patch, tap_h);
    for (int32_t i = 0; i < length; ++i) sum += w[i] * (q[i] - a.in_zero_point);
  }
  return sum;
}

template <class Input>
int32_t pooled_at(const ConvI8Args<Input>& a, const int8_t* filter, int32_t out_y, int32_t out_x) {
  return max_over_pool(a.shape, out_y, out_x, [&](int32_t y, int32_t x) { return sum_at(a, filter, y, x); });
}

template <class Input>
void convolve(const ConvI8Args<Input>& a) {
  const ConvShape& s = a.shape;
  int8_t* out = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x) {
      for (int32_t o = 0; o < s.out_c; ++o) {
        const int32_t sum = a.bias[o] + pooled_at(a, a.weights + static_cast<size_t>(o) * filter_size(s), y, x);
        const int32_t q = a.out_zero_point + rescale(sum, a.multiplier[o], a.shift[o]);
        *out++ = clamp_i8(q, a.minimum, a.maximum);
      }
    }
  }
}

}  // namespace

void conv_i8_scalar(const ConvI8Args<int8_t>& a) noexcept { convolve(a); }
void conv_i8_from_i16_scalar(const ConvI8Args<int16_t>& a) noexcept { convolve(a); }

}  // namespace stapes
