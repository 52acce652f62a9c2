// SPDX-License-Identifier: Apache-2.0
// conv_shape.h: geometry of all convolutions. Activations are [height][width][channels], channels innermost.
//
// Output position (y, x) depends on input rows y*stride_h - pad_h + tap_h, and columns likewise. Taps outside the input
// add nothing. Padding after the last row and column affects only out_h and out_w. The fused max-pool covers pool_h x
// pool_w positions; positions after the last whole pool are not computed.
//
// With `groups`, filter o belongs to group o / (out_c / groups) and uses only the in_c / groups input channels of its
// group. groups = in_c: depthwise. in_c and out_c are multiples of groups.
//
// A layer can run a few rows at a time (docs/explanation/runtime.md). Then only the first call has padding above, and
// taps may lie below the last row although pad_h is 0.
//
// Functions in kernel headers are `static inline`: an inline function compiled under -mavx2 would be a weak symbol that
// the linker may keep for the whole program.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace stapes {

struct ConvShape {
  int32_t in_h, in_w, in_c;
  int32_t out_h, out_w, out_c;  // after the pool
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t pad_h, pad_w;
  int32_t pool_h, pool_w;
  int32_t groups = 1;
};

// Padding columns stored after a row: pad_w, or more if the last position reaches further.
static inline int32_t end_pad_w(const ConvShape& s) noexcept {
  const int32_t reached = (s.out_w * s.pool_w - 1) * s.stride_w + s.kernel_w - s.pad_w - s.in_w;
  return reached > s.pad_w ? reached : s.pad_w;
}

// Most fast kernels require this (variant.h, suits).
static inline bool is_ungrouped(const ConvShape& s) noexcept { return s.groups == 1; }

// Input channels per filter, and filters per group. Without groups, neither divides: some small cores lack the
// instruction.
static inline int32_t group_channels(const ConvShape& s) { return s.groups == 1 ? s.in_c : s.in_c / s.groups; }
static inline int32_t group_filters(const ConvShape& s) { return s.groups == 1 ? s.out_c : s.out_c / s.groups; }

// `fixed` with the rows of `call`.
static inline ConvShape with_rows_of(ConvShape fixed, const ConvShape& call) {
  fixed.in_h = call.in_h;
  fixed.out_h = call.out_h;
  fixed.pad_h = call.pad_h;
  return fixed;
}

// The taps [first, last) of one axis that lie inside the input when the kernel starts at `start`.
struct TapRange {
  int32_t first, last;
};

static inline TapRange taps_inside(int32_t start, int32_t kernel, int32_t in) {
  const int32_t first = start < 0 ? -start : 0;
  const int32_t room = in - start;
  const int32_t last = room < kernel ? room : kernel;
  return {first, last < first ? first : last};
}

// The input of one position. For each row tap in `rows`, `columns` are contiguous in memory, with all channels.
struct Patch {
  int32_t start_h, start_w;  // input row and column of tap 0; may be outside
  TapRange rows, columns;
};

// `s`: a ConvShape or the arguments of a pool. (y, x): before the fused pool.
template <class Shape>
static inline Patch patch_at(const Shape& s, int32_t y, int32_t x) {
  const int32_t start_h = y * s.stride_h - s.pad_h, start_w = x * s.stride_w - s.pad_w;
  return {start_h, start_w, taps_inside(start_h, s.kernel_h, s.in_h), taps_inside(start_w, s.kernel_w, s.in_w)};
}

// Index of the first input element (of channel 0) and of the first weight (within its filter) of one row of taps.
static inline size_t patch_input(const ConvShape& s, const Patch& p, int32_t tap_h) {
  const size_t position = static_cast<size_t>(p.start_h + tap_h) * static_cast<size_t>(s.in_w) +
                          static_cast<size_t>(p.start_w + p.columns.first);
  return position * static_cast<size_t>(s.in_c);
}
static inline size_t patch_weight(const ConvShape& s, const Patch& p, int32_t tap_h) {
  const size_t tap =
      static_cast<size_t>(tap_h) * static_cast<size_t>(s.kernel_w) + static_cast<size_t>(p.columns.first);
  return tap * static_cast<size_t>(group_channels(s));
}
// The number of a filter's weights in one row of taps. Without groups, that many input elements are contiguous.
static inline int32_t patch_row_length(const ConvShape& s, const Patch& p) {
  return (p.columns.last - p.columns.first) * group_channels(s);
}

static inline size_t filter_size(const ConvShape& s) {
  return static_cast<size_t>(s.kernel_h) * static_cast<size_t>(s.kernel_w) * static_cast<size_t>(group_channels(s));
}

// Calls use(input, weight, length) for each run that is contiguous in input and filter: a row of taps, or one tap with
// groups. `input` is relative to the group's first channel, `weight` to the filter.
template <class Use>
static inline void for_each_run(const ConvShape& s, const Patch& p, Use use) {
  const int32_t row = patch_row_length(s, p), run = s.groups == 1 ? row : group_channels(s);
  for (int32_t tap_h = p.rows.first; tap_h < p.rows.last; ++tap_h) {
    size_t input = patch_input(s, p, tap_h), weight = patch_weight(s, p, tap_h);
    for (int32_t left = row; left > 0; left -= run) {
      use(input, weight, run);
      input += static_cast<size_t>(s.in_c);
      weight += static_cast<size_t>(run);
    }
  }
}

// Calls use(o, first channel of the group, index of the first weight) for each filter `o`.
template <class Use>
static inline void for_each_filter(const ConvShape& s, Use use) {
  const int32_t channels = group_channels(s), filters = group_filters(s);
  const size_t size = filter_size(s);
  size_t filter = 0;
  for (int32_t o = 0, channel = 0; o < s.out_c; channel += channels) {
    for (const int32_t end = o + filters; o < end; ++o, filter += size) use(o, channel, filter);
  }
}

// (out_y, out_x) counts pooled positions.
template <class SumAt>
static inline auto max_over_pool(const ConvShape& s, int32_t out_y, int32_t out_x, SumAt sum_at) {
  const int32_t first_y = out_y * s.pool_h, first_x = out_x * s.pool_w;
  auto best = sum_at(first_y, first_x);
  for (int32_t py = 0; py < s.pool_h; ++py) {
    for (int32_t px = py == 0 ? 1 : 0; px < s.pool_w; ++px) {
      const auto sum = sum_at(first_y + py, first_x + px);
      if (sum > best) best = sum;
    }
  }
  return best;
}

}  // namespace stapes
