// SPDX-License-Identifier: Apache-2.0
// dense_blocks_variant.h: supported shapes and weight layout of dense_blocks.h. The input is one row of taps
// (tile_layout.h), with up to eight blocks of filters per chunk.
#pragma once

#include "kernels/loops/tiled/tiled_variant.h"

namespace stapes {

// With few inputs, constants take as many bytes as weights. So the kernel derives left and right shifts from one
// constant.
struct DenseArrays {
  static constexpr int32_t kCount = 3;
  enum : int32_t { kStart, kMultiplier, kShift };
};

struct DenseBlocks512 : ByteTiles {
  static constexpr int32_t kLanes = 16, kPositions = 1, kMaxBlocks = 8;
};

// The kernel covers the whole input. Calls for one row may have fewer input rows, so the layout follows the kernel size
// (docs/explanation/runtime.md, bands).
static inline bool suits_dense_blocks(const ConvShape& s) noexcept {
  return s.groups == 1 && s.out_h == 1 && s.out_w == 1 && s.kernel_h == s.in_h && s.kernel_w == s.in_w &&
         s.pad_h == 0 && s.pad_w == 0 && s.pool_h == 1 && s.pool_w == 1;
}

static inline ConvShape flattened_shape(const ConvShape& s) noexcept {
  return {1, 1, s.kernel_h * s.in_w * s.in_c, 1, 1, s.out_c, 1, 1, 1, 1, 0, 0, 1, 1};
}

template <class M>
TileLayout<M> dense_blocks_layout(const ConvShape& s) noexcept {
  return tile_layout<M>(flattened_shape(s), DenseArrays::kCount);
}
template <class M>
size_t dense_blocks_prepared_bytes(const ConvShape& s) noexcept {
  return dense_blocks_layout<M>(s).bytes();
}
// Scratch: the input, padded to whole groups.
template <class M>
size_t dense_blocks_scratch_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(dense_blocks_layout<M>(s).groups) * M::kGroup;
}

template <class M, class Args>
void prepare_dense_blocks(const Args& a, void* prepared) noexcept {
  TileWriter<M> writer(dense_blocks_layout<M>(a.shape), prepared);
  write_weights(flattened_shape(a.shape), a.weights, M::excess(a.in_zero_point), writer);
  for (int32_t o = 0; o < a.shape.out_c; ++o) {
    writer.constant(DenseArrays::kStart, o) += a.bias[o];
    writer.constant(DenseArrays::kMultiplier, o) = a.multiplier[o];
    writer.constant(DenseArrays::kShift, o) = a.shift[o];
  }
}

template <class M, class Args>
constexpr Variant<Args> dense_blocks_variant(Isa isa, void (*run)(const Args&) noexcept) noexcept {
  return {isa,
          run,
          dense_blocks_scratch_bytes<M>,
          dense_blocks_prepared_bytes<M>,
          prepare_dense_blocks<M, Args>,
          suits_dense_blocks,
          "dense"};
}

}  // namespace stapes
