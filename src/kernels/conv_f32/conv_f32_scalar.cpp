#include "kernels/conv_f32/conv_f32.h"
#include "kernels/dot_f32.h"
#include "kernels/quantize_f32.h"

namespace stapes {
namespace {

template <class Input, class Output>
float sum_at(const ConvF32Args<Input, Output>& a, const float* filter, float bias, int32_t y, int32_t x) {
  const Patch patch = patch_at(a.shape, y, x);
  const int32_t length = patch_row_length(a.shape, patch);
  const RealOf<Input> real{a.in_scale, a.in_zero_point};
  float sum = bias;
  for (int32_t tap_h = patch.rows.first; tap_h < patch.rows.last; ++tap_h) {
    const Input* row = a.input + patch_input(a.shape, patch, tap_h);
    sum += dot_f32(filter + patch_weight(a.shape, patch, tap_h), row, length, real);
  }
  return sum;
}

template <class Input, class Output>
float pooled_at(const ConvF32Args<Input, Output>& a, const float* filter, float bias, int32_t out_y, int32_t out_x) {
  return max_over_pool(a.shape, out_y, out_x, [&](int32_t y, int32_t x) { return sum_at(a, filter, bias, y, x); });
}

void store(float value, float /*scale*/, int32_t /*zero_point*/, float* out) { *out = value; }
void store(float value, float scale, int32_t zero_point, int8_t* out) { *out = quantize_f32(value, scale, zero_point); }

template <class Input, class Output>
void convolve(const ConvF32Args<Input, Output>& a) {
  const ConvShape& s = a.shape;
  Output* out = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x) {
      for (int32_t o = 0; o < s.out_c; ++o) {
        const float best = pooled_at(a, a.weights + static_cast<size_t>(o) * filter_size(s), a.bias[o], y, x);
        store(a.relu && best < 0 ? 0 : best, a.out_scale, a.out_zero_point, out++);
      }
    }
  }
}

}  // namespace

void conv_f32_scalar(const ConvF32Args<float, float>& a) noexcept { convolve(a); }
void conv_f32_to_i8_scalar(const ConvF32Args<float, int8_t>& a) noexcept { convolve(a); }
void conv_f32_from_i8_scalar(const ConvF32Args<int8_t, float>& a) noexcept { convolve(a); }
void conv_f32_from_i8_to_i8_scalar(const ConvF32Args<int8_t, int8_t>& a) noexcept { convolve(a); }
void conv_f32_from_i16_scalar(const ConvF32Args<int16_t, float>& a) noexcept { convolve(a); }
void conv_f32_from_i16_to_i8_scalar(const ConvF32Args<int16_t, int8_t>& a) noexcept { convolve(a); }

}  // namespace stapes
