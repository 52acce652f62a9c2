// SPDX-License-Identifier: Apache-2.0
// tile_sizes.h: the layout of weights and inputs for each machine (machine_<isa>.h), for portable code that prepares
// weights. kLanesShareInput: all lanes use the same input; false with groups (grouped_band.h). kNarrowsFours: the
// machine narrows four vectors of sums to bytes at once.
#pragma once

#include <stdint.h>

namespace stapes {

// For unsigned elements and signed weights: an element is input + 128; the initial sums compensate.
struct ByteTiles {
  using Element = uint8_t;
  using Weight = int8_t;
  static constexpr int32_t kGroup = 4;
  static constexpr bool kLanesShareInput = true, kNarrowsFours = false;
  static constexpr Element element(int32_t input, int32_t) { return static_cast<Element>(input + 128); }
  static constexpr int32_t excess(int32_t zero_point) { return zero_point + 128; }  // element - (input - zero_point)
};

// For products of signed bytes: an element is the input itself.
struct SignedByteTiles {
  using Element = int8_t;
  using Weight = int8_t;
  static constexpr int32_t kGroup = 4;
  static constexpr bool kLanesShareInput = true, kNarrowsFours = false;
  static constexpr Element element(int32_t input, int32_t) { return static_cast<Element>(input); }
  static constexpr int32_t excess(int32_t zero_point) { return zero_point; }
};

// For signed 16-bit pairs: an element is input - zero_point, so sums need no correction.
struct WordTiles {
  using Element = int16_t;
  using Weight = int16_t;
  static constexpr int32_t kGroup = 2;
  static constexpr bool kLanesShareInput = true, kNarrowsFours = false;
  static constexpr Element element(int32_t input, int32_t zero_point) {
    return static_cast<Element>(input - zero_point);
  }
  static constexpr int32_t excess(int32_t) { return 0; }
};

// 512-bit vectors: a tile of 8 positions x 3 blocks takes 28 of 32 registers: 24 sums, 3 weights and 1 group.
template <class Elements>
struct Tiles512 : Elements {
  static constexpr int32_t kLanes = 16, kPositions = 8, kMaxBlocks = 3;
};

// 256-bit vectors, or two of 128 bits: a tile of 4 x 2 takes 12 of 16 256-bit registers: 8 sums, 2 weights, 1 group, 1
// product.
template <class Elements>
struct Tiles256 : Elements {
  static constexpr int32_t kLanes = 8, kPositions = 4, kMaxBlocks = 2;
};

}  // namespace stapes
