// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_i8/conv_i8_sparse.h"
#include "kernels/kernel.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {

// Only weights [first, last) of the row are inside the input. Weight `first` multiplies inside[0].
template <class Input>
int32_t part_row_sum(const SparseRows& w, int32_t pairs, const Input* inside, int32_t zero_point, int32_t first,
                     int32_t last) {
  int32_t sum = 0, at = 0;
  for (int32_t i = 0; i < pairs; ++i, ++at) {
    at += w.gaps[i];
    if (at < first) continue;
    if (at >= last) break;
    sum += w.values[i] * (inside[at - first] - zero_point);
  }
  return sum;
}

// One row, with all weights inside the input.
template <class Input>
int32_t whole_row_sum(const SparseRows& w, int32_t pairs, const Input* row, int32_t zero_point) {
  int32_t sum = 0;
  for (int32_t i = 0; i < pairs; ++i) {
    row += w.gaps[i];
    sum += w.values[i] * (*row++ - zero_point);
  }
  return sum;
}

SparseRows after(const SparseRows& w, int32_t pairs) { return {w.entries + 1, w.gaps + pairs, w.values + pairs}; }

// `w`: the beginning of a filter.
template <class Input>
int32_t sum_at(const ConvI8SparseArgs<Input>& a, SparseRows w, int32_t y, int32_t x) {
  const ConvShape& s = a.shape;
  const Patch patch = patch_at(s, y, x);
  const int32_t first = patch.columns.first * s.in_c, last = patch.columns.last * s.in_c;
  const bool whole = patch.columns.first == 0 && patch.columns.last == s.kernel_w;
  int32_t sum = 0;
  for (int32_t tap_h = 0; tap_h < patch.rows.last; ++tap_h) {
    const int32_t pairs = *w.entries;
    if (tap_h >= patch.rows.first) {
      const Input* inside = a.input + patch_input(s, patch, tap_h);  // multiplied by weight `first`
      sum += whole ? whole_row_sum(w, pairs, inside, a.in_zero_point)
                   : part_row_sum(w, pairs, inside, a.in_zero_point, first, last);
    }
    w = after(w, pairs);
  }
  return sum;
}

template <class Input>
void convolve(const ConvI8SparseArgs<Input>& a) {
  const ConvShape& s = a.shape;
  int8_t* out = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x) {
      SparseRows filter = a.weights;
      for (int32_t o = 0; o < s.out_c; ++o) {
        const int32_t best =
            max_over_pool(s, y, x, [&](int32_t conv_y, int32_t conv_x) { return sum_at(a, filter, conv_y, conv_x); });
        const int32_t q = a.out_zero_point + rescale(a.bias[o] + best, a.multiplier[o], a.shift[o]);
        *out++ = clamp_to<int8_t>(q, a.minimum, a.maximum);
        for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h) filter = after(filter, *filter.entries);
      }
    }
  }
}

}  // namespace

STAPES_KERNEL void conv_i8_sparse_scalar(const ConvI8SparseArgs<int8_t>& a) noexcept { convolve(a); }
STAPES_KERNEL void conv_i8_sparse_from_i16_scalar(const ConvI8SparseArgs<int16_t>& a) noexcept { convolve(a); }

}  // namespace stapes
