// SPDX-License-Identifier: Apache-2.0
// patch_conv.h: the loops of patch_layout.h.
//
//   for each tile of kPatchTile filters:
//     for kPositions output positions at a time:
//       copy their patches, unless they can be read in place
//       for each block of kFilters filters:  the sums of all positions
//       for each position:                   rescale and store
//
// If fewer positions remain, the last is repeated. M is a machine:
//   copy(from, from_next, rows, count, to, to_next)   `count` elements of each row, at these row strides
//   fill(to, count, value)
//   run(PatchBlock)                                   sums and outputs
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/always_inline.h"
#include "kernels/loops/patch/patch_layout.h"

namespace stapes {

// A tile of filters at some positions. Assembler code for 32-bit cores reads it by offset.
template <class M>
struct PatchBlock {
  const int8_t* patch[M::kPositions];
  int32_t length;         // of a patch
  const int8_t* weights;  // of the tile's filters
  const int32_t* first;   // the initial sums of the tile's filters,
  const int32_t* end;     // and their end, padded to whole blocks
  int32_t* sums;          // [kPositions][kPatchTile]

  int8_t* output[M::kPositions];  // of the tile's first filter
  int32_t filters;
  const int32_t *multiplier, *shift;  // of the tile's filters
  int32_t zero_point, minimum, maximum;
  int32_t shifts_left;  // whether any shift is above 0
};

// Input position of a patch; may be outside the input.
struct PatchStart {
  int32_t y, x;
};

static inline PatchStart first_patch(const ConvShape& s) { return {-s.pad_h, -s.pad_w}; }
static inline PatchStart next_patch(const ConvShape& s, const PatchStart& p) {
  const int32_t end = s.out_w * s.stride_w - s.pad_w, x = p.x + s.stride_w;
  return x < end ? PatchStart{p.y, x} : PatchStart{p.y + s.stride_h, -s.pad_w};
}

// Copies a patch that reaches beyond the input.
template <class M>
static inline __attribute__((noinline)) void copy_border_patch(const ConvI8Args<int8_t, int8_t>& a, const PatchStart& p,
                                                               int8_t* to) {
  const ConvShape& s = a.shape;
  const int32_t row = s.kernel_w * s.in_c;
  const TapRange rows = taps_inside(p.y, s.kernel_h, s.in_h), columns = taps_inside(p.x, s.kernel_w, s.in_w);
  M::fill(to, s.kernel_h * row, a.in_zero_point);
  if (rows.last <= rows.first || columns.last <= columns.first) return;
  const ptrdiff_t position = static_cast<ptrdiff_t>(p.y + rows.first) * s.in_w + p.x + columns.first;
  M::copy(a.input + position * s.in_c, s.in_w * s.in_c, rows.last - rows.first, (columns.last - columns.first) * s.in_c,
          to + rows.first * row + columns.first * s.in_c, row);
}

template <class M>
STAPES_ALWAYS_INLINE void copy_patch(const ConvI8Args<int8_t, int8_t>& a, const PatchStart& p, int8_t* to) {
  const ConvShape& s = a.shape;
  if (p.y < 0 || p.x < 0 || p.y + s.kernel_h > s.in_h || p.x + s.kernel_w > s.in_w) {
    return copy_border_patch<M>(a, p, to);
  }
  const int32_t row = s.kernel_w * s.in_c;
  M::copy(a.input + (static_cast<ptrdiff_t>(p.y) * s.in_w + p.x) * s.in_c, s.in_w * s.in_c, s.kernel_h, row, to, row);
}

template <class M>
STAPES_ALWAYS_INLINE void run_patch_tile(const ConvI8Args<int8_t, int8_t>& a, PatchBlock<M>& block, int8_t* to) {
  const ConvShape& s = a.shape;
  const bool in_place = patches_in_place(s);
  auto* const copies = static_cast<int8_t*>(static_cast<void*>(block.sums + M::kPositions * kPatchTile));
  const int8_t* from = in_place ? a.input : copies;
  PatchStart start = first_patch(s);
  for (int32_t left = s.out_h * s.out_w; left > 0; left -= M::kPositions) {
    for (int32_t i = 0; i < M::kPositions; ++i) {
      const int32_t position = i < left ? i : left - 1;
      block.patch[i] = from + position * block.length;
      block.output[i] = to + position * s.out_c;
    }
    for (int32_t i = 0; !in_place && i < M::kPositions && i < left; ++i) {
      copy_patch<M>(a, start, copies + i * block.length);
      start = next_patch(s, start);
    }
    M::run(block);
    to += M::kPositions * s.out_c;
    if (in_place) from += M::kPositions * block.length;
  }
}

template <class M>
static inline void patch_conv(const ConvI8Args<int8_t, int8_t>& a) {
  const ConvShape& s = a.shape;
  const auto* const head = static_cast<const PatchHead*>(a.memory.prepared);
  const auto* const first = reinterpret_cast<const int32_t*>(head + 1);
  PatchBlock<M> block{};
  block.length = patch_size(s);
  block.weights = static_cast<const int8_t*>(a.memory.prepared) + patch_weights_at<M>(s);
  block.sums = static_cast<int32_t*>(a.memory.scratch);
  block.zero_point = a.out_zero_point;
  block.minimum = a.minimum;
  block.maximum = a.maximum;
  block.shifts_left = head->shifts_left;
  for (int32_t o = 0; o < s.out_c; o += kPatchTile) {
    block.filters = s.out_c - o < kPatchTile ? s.out_c - o : kPatchTile;
    const int32_t filled = filled_up_filters<M>(block.filters);
    block.first = first + o;
    block.end = block.first + filled;
    block.multiplier = a.multiplier + o;
    block.shift = a.shift + o;
    run_patch_tile<M>(a, block, a.output + o);
    block.weights += filled * patch_chunks(s) * kPatchChunk;
  }
}

}  // namespace stapes
