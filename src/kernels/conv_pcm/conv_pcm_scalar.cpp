// SPDX-License-Identifier: Apache-2.0
#include "kernels/bits.h"
#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/kernel.h"

namespace stapes {
namespace {

// `input` starts at the first channel of the filter's group.
int32_t sum_at(const ConvShape& s, const int16_t* input, const int16_t* filter, int32_t y, int32_t x) {
  int32_t sum = 0;
  for_each_run(s, patch_at(s, y, x), [&](size_t from, size_t weight, int32_t length) {
    for (int32_t i = 0; i < length; ++i) sum += static_cast<int32_t>(filter[weight + i]) * input[from + i];
  });
  return sum;
}

}  // namespace

STAPES_KERNEL void conv_pcm_scalar(const ConvPcmArgs& a) noexcept {
  const ConvShape& s = a.shape;
  const int32_t words = words_of_bits(s.out_c);
  uint32_t* out = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x, out += words) {
      for (int32_t w = 0; w < words; ++w) out[w] = 0;
      for_each_filter(s, [&](int32_t o, int32_t channel, size_t filter) {
        const int32_t sum = max_over_pool(s, y, x, [&](int32_t in_y, int32_t in_x) {
          return sum_at(s, a.input + channel, a.weights + filter, in_y, in_x);
        });
        out[o / 32] |= threshold_bit(sum, a.threshold, a.falling, o) << (o % 32);
      });
    }
  }
}

}  // namespace stapes
