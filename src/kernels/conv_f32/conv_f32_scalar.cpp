#include "kernels/conv_f32/conv_f32.h"
#include "kernels/dot_f32.h"

namespace stapes {
namespace {

float sum_at(const ConvF32Args& a, const float* filter, float bias, int32_t y, int32_t x) {
  const Patch patch = patch_at(a.shape, y, x);
  const int32_t length = patch_row_length(a.shape, patch);
  float sum = bias;
  for (int32_t tap_h = patch.rows.first; tap_h < patch.rows.last; ++tap_h) {
    sum += dot_f32(filter + patch_weight(a.shape, patch, tap_h), a.input + patch_input(a.shape, patch, tap_h), length);
  }
  return sum;
}

float pooled_at(const ConvF32Args& a, const float* filter, float bias, int32_t out_y, int32_t out_x) {
  return max_over_pool(a.shape, out_y, out_x, [&](int32_t y, int32_t x) { return sum_at(a, filter, bias, y, x); });
}

}  // namespace

void conv_f32_scalar(const ConvF32Args& a) noexcept {
  const ConvShape& s = a.shape;
  float* out = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x) {
      for (int32_t o = 0; o < s.out_c; ++o) {
        const float best = pooled_at(a, a.weights + static_cast<size_t>(o) * filter_size(s), a.bias[o], y, x);
        *out++ = a.relu && best < 0 ? 0 : best;
      }
    }
  }
}

}  // namespace stapes
