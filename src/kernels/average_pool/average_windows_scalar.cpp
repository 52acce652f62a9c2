// SPDX-License-Identifier: Apache-2.0
#include "kernels/average_pool/average_windows.h"
#include "kernels/conv_shape.h"
#include "kernels/kernel.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {

// `channel` points to the channel at the first input position.
template <class Sum, class Element>
Sum sum_of_patch(const AverageWindowsArgs<Element>& a, const Patch& p, const Element* channel) {
  Sum sum = 0;
  for (int32_t h = p.rows.first; h < p.rows.last; ++h) {
    for (int32_t w = p.columns.first; w < p.columns.last; ++w) {
      const size_t position =
          static_cast<size_t>(p.start_h + h) * static_cast<size_t>(a.in_w) + static_cast<size_t>(p.start_w + w);
      sum += channel[position * static_cast<size_t>(a.channels)];
    }
  }
  return sum;
}

// finish(sum, count) returns an output.
template <class Sum, class Element, class Finish>
void average(const AverageWindowsArgs<Element>& a, Finish finish) {
  Element* out = a.output;
  for (int32_t y = 0; y < a.out_h; ++y) {
    for (int32_t x = 0; x < a.out_w; ++x) {
      const Patch p = patch_at(a, y, x);
      const int32_t count = (p.rows.last - p.rows.first) * (p.columns.last - p.columns.first);
      for (int32_t c = 0; c < a.channels; ++c) *out++ = finish(sum_of_patch<Sum>(a, p, a.input + c), count);
    }
  }
}

}  // namespace

STAPES_KERNEL void average_windows_f32_scalar(const AverageWindowsArgs<float>& a) noexcept {
  average<float>(a, [](float sum, int32_t count) { return sum / static_cast<float>(count); });
}

STAPES_KERNEL void average_windows_i8_scalar(const AverageWindowsArgs<int8_t>& a) noexcept {
  average<int32_t>(a, [](int32_t sum, int32_t count) { return static_cast<int8_t>(rounding_divide(sum, count)); });
}

}  // namespace stapes
