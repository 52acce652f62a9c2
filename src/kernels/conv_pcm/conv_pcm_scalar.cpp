#include "kernels/bits.h"
#include "kernels/conv_pcm/conv_pcm.h"

namespace stapes {
namespace {

int32_t sum_at(const ConvPcmArgs& a, int32_t o, int32_t y, int32_t x) {
  const int16_t* filter = a.weights + static_cast<size_t>(o) * filter_size(a.shape);
  int32_t sum = 0;
  for_each_run(a.shape, patch_at(a.shape, y, x), o, [&](size_t input, size_t weight, int32_t length) {
    for (int32_t i = 0; i < length; ++i) sum += static_cast<int32_t>(filter[weight + i]) * a.input[input + i];
  });
  return sum;
}

int32_t pooled_at(const ConvPcmArgs& a, int32_t o, int32_t out_y, int32_t out_x) {
  return max_over_pool(a.shape, out_y, out_x, [&](int32_t y, int32_t x) { return sum_at(a, o, y, x); });
}

}  // namespace

void conv_pcm_scalar(const ConvPcmArgs& a) noexcept {
  const ConvShape& s = a.shape;
  const int32_t words = words_of_bits(s.out_c);
  uint32_t* out = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x, out += words) {
      for (int32_t w = 0; w < words; ++w) out[w] = 0;
      for (int32_t o = 0; o < s.out_c; ++o) {
        const int32_t sum = pooled_at(a, o, y, x);
        out[o / 32] |= threshold_bit(sum, a.threshold, a.falling, o) << (o % 32);
      }
    }
  }
}

}  // namespace stapes
