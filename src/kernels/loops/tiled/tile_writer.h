// SPDX-License-Identifier: Apache-2.0
// tile_writer.h: rearranges the weights and constants of a convolution (tile_layout.h). Runs once per model.
#pragma once

#include <stdint.h>
#include <string.h>

#include "kernels/loops/tiled/tile_layout.h"

namespace stapes {

// All memory not written is 0.
template <class M>
class TileWriter {
 public:
  TileWriter(const TileLayout<M>& layout, void* memory) : layout_(layout), memory_(memory) {
    memset(memory, 0, layout.bytes());
  }

  int32_t& constant(int32_t array, int32_t channel) {
    return const_cast<int32_t*>(layout_.constants(memory_, array))[channel];
  }
  // A convolution sums weight * (input - zero_point). The kernel sums weight * element, where element = input -
  // zero_point + excess.
  void weight(int32_t channel, int32_t tap_h, int32_t i, int32_t weight, int32_t excess) {
    const_cast<typename M::Weight*>(layout_.weights(memory_))[layout_.place_of(channel, tap_h, i)] =
        static_cast<typename M::Weight>(weight);
    constant(0, channel) -= weight * excess;
  }

 private:
  TileLayout<M> layout_;
  void* memory_;
};

// Where a copy of all filters goes: its first channel, and the element of a row of taps at which its weights begin.
struct TileCopy {
  int32_t channel = 0, element = 0;
};

template <class M, class Weight>
static inline void write_weights(const ConvShape& s, const Weight* weights, int32_t excess, TileWriter<M>& writer,
                                 TileCopy copy = {}) {
  for (int32_t o = 0; o < s.out_c; ++o) {
    for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h) {
      for (int32_t i = 0; i < s.kernel_w * group_channels(s); ++i) {
        writer.weight(copy.channel + o, tap_h, copy.element + i, *weights++, excess);
      }
    }
  }
}

// For requantize.h (finish.h): both shifts (>= 0; the left one includes the doubling) and half of the right shift's
// divisor.
struct RescaleArrays {
  static constexpr int32_t kCount = 5;  // including the initial sums
  enum : int32_t { kStart, kMultiplier, kLeft, kHalf, kRight };
};

struct RescaleConstants {
  int32_t multiplier, left, half, right;
};
static inline RescaleConstants rescale_constants(int32_t multiplier, int32_t shift) {
  const int32_t right = shift < 0 ? -shift : 0;
  return {multiplier, (shift > 0 ? shift : 0) + 1, right > 0 ? int32_t{1} << (right - 1) : 0, right};
}

template <class M, class Args>
static inline void write_rescale(const Args& a, TileWriter<M>& writer, TileCopy copy = {}) {
  for (int32_t o = 0; o < a.shape.out_c; ++o) {
    const RescaleConstants rescale = rescale_constants(a.multiplier[o], a.shift[o]);
    const int32_t channel = copy.channel + o;
    writer.constant(RescaleArrays::kStart, channel) += a.bias[o];
    writer.constant(RescaleArrays::kMultiplier, channel) = rescale.multiplier;
    writer.constant(RescaleArrays::kLeft, channel) = rescale.left;
    writer.constant(RescaleArrays::kHalf, channel) = rescale.half;
    writer.constant(RescaleArrays::kRight, channel) = rescale.right;
  }
}

// Lanes without a channel get a threshold that no sum reaches.
struct ThresholdArrays {
  static constexpr int32_t kCount = 3;
  enum : int32_t { kStart, kThreshold, kFalling };
};

template <class M, class Args>
static inline void write_thresholds(const Args& a, int32_t lanes, TileWriter<M>& writer) {
  for (int32_t o = 0; o < lanes; ++o) {
    const bool exists = o < a.shape.out_c;
    writer.constant(ThresholdArrays::kThreshold, o) = exists ? a.threshold[o] : INT32_MAX;
    writer.constant(ThresholdArrays::kFalling, o) = exists && a.falling != nullptr ? a.falling[o] : 0;
  }
}

}  // namespace stapes
