// SPDX-License-Identifier: Apache-2.0
#include "kernels/bits.h"
#include "kernels/conv_shape.h"
#include "kernels/kernel.h"
#include "kernels/max_pool/max_pool.h"

namespace stapes {
namespace {

// Combines element `element` of all positions of a window that lie inside the input. A position has `length` elements.
template <class Element, class Combine>
Element over_window(const MaxPoolArgs<Element>& a, const Patch& p, int32_t length, int32_t element, Combine combine) {
  const size_t row = static_cast<size_t>(a.in_w) * static_cast<size_t>(length);
  const Element* first = a.input + static_cast<size_t>(p.start_h + p.rows.first) * row +
                         static_cast<size_t>(p.start_w + p.columns.first) * static_cast<size_t>(length) + element;
  Element best = *first;
  for (int32_t h = 0; h < p.rows.last - p.rows.first; ++h) {
    const Element* at = first + static_cast<size_t>(h) * row;
    for (int32_t w = 0; w < p.columns.last - p.columns.first; ++w) {
      best = combine(best, at[static_cast<size_t>(w) * static_cast<size_t>(length)]);
    }
  }
  return best;
}

template <class Element, class Combine>
void pool_windows(const MaxPoolArgs<Element>& a, int32_t length, Combine combine) {
  Element* out = a.output;
  for (int32_t y = 0; y < a.out_h; ++y) {
    for (int32_t x = 0; x < a.out_w; ++x) {
      const Patch p = patch_at(a, y, x);
      for (int32_t e = 0; e < length; ++e) *out++ = over_window(a, p, length, e, combine);
    }
  }
}

template <class Element>
void keep_largest(const MaxPoolArgs<Element>& a) {
  pool_windows(a, a.channels, [](Element best, Element value) { return value > best ? value : best; });
}

}  // namespace

STAPES_KERNEL void max_pool_f32_scalar(const MaxPoolArgs<float>& a) noexcept { keep_largest(a); }
STAPES_KERNEL void max_pool_i8_scalar(const MaxPoolArgs<int8_t>& a) noexcept { keep_largest(a); }
STAPES_KERNEL void max_pool_i16_scalar(const MaxPoolArgs<int16_t>& a) noexcept { keep_largest(a); }
STAPES_KERNEL void max_pool_i32_scalar(const MaxPoolArgs<int32_t>& a) noexcept { keep_largest(a); }

STAPES_KERNEL void max_pool_bits_scalar(const MaxPoolArgs<uint32_t>& a) noexcept {
  pool_windows(a, words_of_bits(a.channels), [](uint32_t best, uint32_t word) { return best | word; });
}

}  // namespace stapes
