// SPDX-License-Identifier: Apache-2.0
// depthwise_lanes_conv.h: the loops of depthwise_lanes_layout.h.
//
//   for each block of channels:
//     for each output row:
//       copy the new input rows, with padding, into a ring of kernel_h rows
//       for each output position:  the taps of all channels, one vector each; rescale and store
//
// The taps of a position are contiguous, but ring rows are rotated, so the weights are copied in the same order. M is a
// machine:
//   copy(from, stride, positions, lanes, to, to_stride)   `lanes` channels of each position
//   fill(to, to_stride, positions, value)                 whole blocks
//   rotate(from, kernel_w, column, split, to)             the weights, [kernel_w][column], so that `split` comes first
//   run_row(DepthwiseLanesRow)
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/always_inline.h"
#include "kernels/loops/depthwise/depthwise_lanes_layout.h"

namespace stapes {

// A row of outputs of a block. Assembler code reads it at these offsets.
struct DepthwiseLanesRow {
  const int8_t* taps;                        // 0: of the first position, [taps][kDepthwiseLanes]
  const int8_t* weights;                     // 4: likewise
  int32_t pairs, singles;                    // 8, 12: of taps
  const DepthwiseLanesConstants* constants;  // 16
  int8_t* output;                            // 20
  int32_t taps_step, output_step;            // 24, 28: to the next position
  int32_t positions;                         // 32
  int32_t lanes;                             // 36: channels, at most kDepthwiseLanes
  int32_t zero_point, minimum, maximum;      // 40, 44, 48
  int32_t shifts_left;
};

// Copies an input row with padding into a ring row.
template <class M>
STAPES_ALWAYS_INLINE void copy_lanes_row(const ConvShape& s, const int8_t* input, int32_t zero_point, int32_t row,
                                         int32_t lanes, int8_t* to) {
  const int32_t columns = depthwise_lanes_columns(s), step = s.kernel_h * kDepthwiseLanes;
  const bool outside = row < 0 || row >= s.in_h || s.pad_w >= columns;
  const TapRange inside = outside ? TapRange{0, 0} : taps_inside(-s.pad_w, columns, s.in_w);
  M::fill(to, step, inside.first, zero_point);
  M::fill(to + inside.last * step, step, columns - inside.last, zero_point);
  const ptrdiff_t position = static_cast<ptrdiff_t>(row) * s.in_w + inside.first - s.pad_w;
  if (inside.last > inside.first) {
    M::copy(input + position * s.in_c, s.in_c, inside.last - inside.first, lanes, to + inside.first * step, step);
  }
}

// For positions that share lanes: each column gets its own channels and the next column's. `line` has room for the row.
template <class M>
STAPES_ALWAYS_INLINE void copy_shared_row(const ConvShape& s, const int8_t* input, int32_t zero_point, int32_t row,
                                          int8_t* line, int8_t* to) {
  constexpr int32_t kLanes = kDepthwiseLanes;
  const int32_t columns = depthwise_lanes_columns(s), step = s.kernel_h * kLanes;
  const bool outside = row < 0 || row >= s.in_h || s.pad_w >= columns;
  const TapRange inside = outside ? TapRange{0, 0} : taps_inside(-s.pad_w, columns, s.in_w);
  const int32_t count = inside.last - inside.first;
  // Writes whole vectors; later writes overwrite the part after the padding.
  M::fill(line, kLanes, (inside.first + 1) / 2, zero_point);
  if (count > 0) {
    const int8_t* const from = input + (static_cast<ptrdiff_t>(row) * s.in_w + inside.first - s.pad_w) * s.in_c;
    int8_t* const first = line + inside.first * s.in_c;
    M::copy(from, kLanes, count / 2, kLanes, first, kLanes);
    M::copy(from + count / 2 * kLanes, kLanes, count % 2, s.in_c, first + count / 2 * kLanes, kLanes);
  }
  M::fill(line + inside.last * s.in_c, kLanes, (columns + 1 - inside.last + 1) / 2, zero_point);
  M::copy(line, s.in_c, columns, kLanes, to, step);
}

// If positions share lanes and their number is odd, the last position runs alone.
template <class M>
STAPES_ALWAYS_INLINE void run_lanes_row(const ConvShape& s, DepthwiseLanesRow& row) {
  if (!depthwise_positions_share(s)) return M::run_row(row);
  row.lanes = kDepthwiseLanes;
  row.positions = s.out_w / 2;
  if (row.positions > 0) M::run_row(row);
  if (s.out_w % 2 == 0) return;
  row.taps += row.positions * row.taps_step;
  row.output += row.positions * row.output_step;
  row.lanes = s.in_c;
  row.positions = 1;
  M::run_row(row);
}

template <class M>
STAPES_ALWAYS_INLINE void run_lanes_block(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a, int32_t channel,
                                          const int8_t* weights, DepthwiseLanesRow& row) {
  auto* const rotated = static_cast<int8_t*>(a.memory.scratch);
  int8_t* const ring = rotated + depthwise_lanes_weights(s);
  const int32_t ring_row = kDepthwiseLanes, ring_column = s.kernel_h * ring_row;
  int32_t next = -s.pad_h;  // next input row to copy
  int32_t slot = 0;         // its row in the ring
  for (int32_t y = 0; y < s.out_h; ++y) {
    const int32_t top = y * s.stride_h - s.pad_h;
    for (; next < top + s.kernel_h; ++next) {
      int8_t* const to = ring + slot * ring_row;
      if (next >= top && depthwise_positions_share(s)) {
        copy_shared_row<M>(s, a.input, a.in_zero_point, next, ring + depthwise_lanes_ring(s), to);
      } else if (next >= top) {
        copy_lanes_row<M>(s, a.input + channel, a.in_zero_point, next, row.lanes, to);
      }
      slot = slot + 1 == s.kernel_h ? 0 : slot + 1;
    }
    row.weights = weights;  // row `top`, the oldest, is in `slot`
    if (slot != 0) {
      M::rotate(weights, s.kernel_w, ring_column, (s.kernel_h - slot) * ring_row, rotated);
      row.weights = rotated;
    }
    row.taps = ring;
    row.output = a.output + static_cast<ptrdiff_t>(y) * s.out_w * s.out_c + channel;
    run_lanes_row<M>(s, row);
  }
}

template <class M>
static inline void depthwise_lanes_conv(const ConvI8Args<int8_t, int8_t>& a) {
  const ConvShape& s = a.shape;
  const auto* const head = static_cast<const DepthwiseLanesHead*>(a.memory.prepared);
  const auto* const constants = reinterpret_cast<const DepthwiseLanesConstants*>(head + 1);
  const auto* weights = reinterpret_cast<const int8_t*>(constants + depthwise_lanes_blocks(s));
  DepthwiseLanesRow row{};
  row.pairs = head->pairs;
  row.singles = head->singles;
  row.shifts_left = head->shifts_left;
  const int32_t at_once = depthwise_positions_share(s) ? 2 : 1;
  row.taps_step = at_once * s.stride_w * s.kernel_h * kDepthwiseLanes;
  row.output_step = at_once * s.out_c;
  row.positions = s.out_w;
  row.zero_point = a.out_zero_point;
  row.minimum = a.minimum;
  row.maximum = a.maximum;
  for (int32_t block = 0; block < depthwise_lanes_blocks(s); ++block, weights += depthwise_lanes_weights(s)) {
    const int32_t channel = block * kDepthwiseLanes, left = s.in_c - channel;
    row.lanes = left < kDepthwiseLanes ? left : kDepthwiseLanes;
    row.constants = constants + block;
    run_lanes_block<M>(s, a, channel, weights, row);
  }
}

}  // namespace stapes
