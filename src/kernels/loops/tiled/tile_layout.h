// SPDX-License-Identifier: Apache-2.0
// tile_layout.h: the prepared memory of integer convolutions with output channels across lanes.
//
// A block is kLanes output channels, one int32 sum in each lane. A group (not ConvShape's) is kGroup consecutive
// weights of one row of taps, 32 bits: one lane of a dot product. Rows of taps are padded to whole groups, and channels
// to whole blocks, with weights of 0. A chunk of kMaxBlocks blocks shares loaded input groups. Four remaining blocks
// form two chunks of two, since one block has too few sums to keep the processor busy.
//
//   constants  [arrays][blocks * kLanes] int32: each channel's initial sum, then the constants of its output
//   weights    [chunk][kernel_h][groups of a row][block of the chunk][kLanes][kGroup]
//
// M is a struct of tile_sizes.h or a machine derived from it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/conv_shape.h"

namespace stapes {

template <class M>
struct TileLayout {
  using Weight = typename M::Weight;
  static constexpr size_t kBlockWeights = static_cast<size_t>(M::kLanes) * M::kGroup;

  int32_t row_groups, groups, blocks, arrays;

  int32_t chunk_blocks(int32_t first_block) const {
    const int32_t left = blocks - first_block;
    return left == 4 && M::kMaxBlocks == 3 ? 2 : left < M::kMaxBlocks ? left : M::kMaxBlocks;
  }
  int32_t first_of_chunk(int32_t block) const {
    const bool in_twos = M::kMaxBlocks == 3 && blocks % 3 == 1 && block >= blocks - 4 && blocks > 1;
    return in_twos ? block - (blocks - block) % 2 : block / M::kMaxBlocks * M::kMaxBlocks;
  }
  size_t chunk_start(int32_t first_block) const {  // counted in weights
    return static_cast<size_t>(first_block) * static_cast<size_t>(groups) * kBlockWeights;
  }
  // The offset of weight `i` of a row of taps, counted in weights.
  size_t place_of(int32_t channel, int32_t tap_h, int32_t i) const {
    const int32_t block = channel / M::kLanes, first_block = first_of_chunk(block);
    const int32_t group = tap_h * row_groups + i / M::kGroup;
    const int32_t vector = group * chunk_blocks(first_block) + block - first_block;
    return chunk_start(first_block) + static_cast<size_t>(vector) * kBlockWeights +
           static_cast<size_t>(channel % M::kLanes * M::kGroup + i % M::kGroup);
  }

  size_t constants_bytes() const {
    return static_cast<size_t>(arrays) * static_cast<size_t>(blocks) * M::kLanes * sizeof(int32_t);
  }
  size_t bytes() const { return constants_bytes() + chunk_start(blocks) * sizeof(Weight); }

  const int32_t* constants(const void* memory, int32_t array) const {
    return static_cast<const int32_t*>(memory) + static_cast<ptrdiff_t>(array) * blocks * M::kLanes;
  }
  const Weight* weights(const void* memory) const {
    return reinterpret_cast<const Weight*>(static_cast<const unsigned char*>(memory) + constants_bytes());
  }
};

template <class M>
static inline TileLayout<M> tile_layout(const ConvShape& s, int32_t arrays) {
  const int32_t row_groups = (s.kernel_w * group_channels(s) + M::kGroup - 1) / M::kGroup;
  return {row_groups, s.kernel_h * row_groups, (s.out_c + M::kLanes - 1) / M::kLanes, arrays};
}

}  // namespace stapes
