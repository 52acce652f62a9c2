#include "kernels/conv_f32/conv_f32.h"
#include "kernels/dot_f32.h"
#include "kernels/quantize_f32.h"

namespace stapes {
namespace {

template <class Input, class Output>
float sum_at(const ConvF32Args<Input, Output>& a, int32_t o, int32_t y, int32_t x) {
  const float* filter = a.weights + static_cast<size_t>(o) * filter_size(a.shape);
  const RealOf<Input> real{a.in_scale, a.in_zero_point};
  float sum = a.bias[o];
  for_each_run(a.shape, patch_at(a.shape, y, x), o, [&](size_t input, size_t weight, int32_t length) {
    sum += dot_f32(filter + weight, a.input + input, length, real);
  });
  return sum;
}

template <class Input, class Output>
float pooled_at(const ConvF32Args<Input, Output>& a, int32_t o, int32_t out_y, int32_t out_x) {
  return max_over_pool(a.shape, out_y, out_x, [&](int32_t y, int32_t x) { return sum_at(a, o, y, x); });
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
        const float best = pooled_at(a, o, y, x);
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
