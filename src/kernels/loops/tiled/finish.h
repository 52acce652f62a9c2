// SPDX-License-Identifier: Apache-2.0
// finish.h: what becomes of a block of sums: rescaled integers or one bit per channel.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/bits.h"
#include "kernels/loops/tiled/tile_layout.h"
#include "kernels/loops/tiled/tile_writer.h"

namespace stapes {

// What rescaled sums become.
struct OutputRange {
  int32_t zero_point, minimum, maximum;
};

// By the rules of requantize.h. Its two roundings are, in operations that vectors have,
//   high = (2 * x * 2^left * multiplier + 2^31) / 2^32           rounded down: the high word
//   (high + half - (high < 0 and right > 0)) / 2^right           rounded down; half = 2^(right - 1), 0 where right = 0
// |x * 2^left| < 2^30 keeps the doubling and the half inside int32.
template <class M>
class Rescaled {
 public:
  using Sums = typename M::Sums;

  Rescaled(const ConvShape& s, const TileLayout<M>& layout, const void* prepared, const OutputRange& range)
      : layout_(layout), prepared_(prepared), range_(range), channels_(s.out_c) {}

  // `position` is the output's first channel.
  template <class Output>
  __attribute__((always_inline)) void put(Sums sums, int32_t block, Output* position) const {
    const int32_t first = block * M::kLanes, left = channels_ - first;
    const Sums rescaled =
        M::rescale(sums, constants(RescaleArrays::kMultiplier, first), constants(RescaleArrays::kLeft, first),
                   constants(RescaleArrays::kHalf, first), constants(RescaleArrays::kRight, first));
    const Sums moved = M::add(rescaled, M::all(range_.zero_point));
    const Sums clamped = M::min(M::max(moved, M::all(range_.minimum)), M::all(range_.maximum));
    M::store(clamped, left < M::kLanes ? left : M::kLanes, position + first);
  }

 private:
  Sums constants(int32_t array, int32_t first) const { return M::load(layout_.constants(prepared_, array) + first); }

  TileLayout<M> layout_;
  const void* prepared_;
  OutputRange range_;
  int32_t channels_;
};

template <class M>
class Decided {
 public:
  Decided(const TileLayout<M>& layout, const void* prepared)
      : threshold_(layout.constants(prepared, ThresholdArrays::kThreshold)),
        falling_(layout.constants(prepared, ThresholdArrays::kFalling)) {}

  // `position` is the output's first word.
  void put(typename M::Sums sums, int32_t block, uint32_t* position) const {
    const int32_t first = block * M::kLanes;
    const typename M::Bits bits = M::bits_at_least(sums, M::load(threshold_ + first), M::load(falling_ + first));
    memcpy(reinterpret_cast<unsigned char*>(position) + first / 8, &bits, sizeof bits);
  }

 private:
  const int32_t *threshold_, *falling_;
};

}  // namespace stapes
