// SPDX-License-Identifier: Apache-2.0
// finish.h: turns a block of sums into rescaled integers or one bit per channel.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/bits.h"
#include "kernels/choice.h"
#include "kernels/loops/tiled/tile_layout.h"
#include "kernels/loops/tiled/tile_writer.h"

namespace stapes {

// Applies to rescaled sums.
struct OutputRange {
  int32_t zero_point, minimum, maximum;
};

// Rescales by the rules of requantize.h. The two roundings in vector operations:
//   high = (2 * x * 2^left * multiplier + 2^31) / 2^32           rounded down: the high word
//   (high + half - (high < 0 and right > 0)) / 2^right           rounded down; half = 2^(right - 1), 0 where right = 0
// |x * 2^left| < 2^30 keeps the doubling and the half inside int32. Handles one block of channels, with its constants
// in registers.
template <class M>
class RescaledBlock {
 public:
  using Sums = typename M::Sums;

  RescaledBlock(const TileLayout<M>& layout, const void* prepared, const OutputRange& range, int32_t first,
                int32_t channels)
      : rescale_(constants(layout, prepared, RescaleArrays::kMultiplier, first),
                 constants(layout, prepared, RescaleArrays::kLeft, first),
                 constants(layout, prepared, RescaleArrays::kHalf, first),
                 constants(layout, prepared, RescaleArrays::kRight, first)),
        zero_point_(M::all(range.zero_point)),
        minimum_(M::all(range.minimum)),
        maximum_(M::all(range.maximum)),
        range_(range),
        lanes_(channels - first < M::kLanes ? channels - first : M::kLanes) {}

  int32_t lanes() const { return lanes_; }  // lanes that are channels

  template <class Output>
  __attribute__((always_inline)) void put(Sums sums, Output* to) const {
    put(sums, lanes_, to);
  }
  // With repeated constants, `lanes` may exceed the number of channels.
  template <class Output>
  __attribute__((always_inline)) void put(Sums sums, int32_t lanes, Output* to) const {
    const Sums moved = M::add(rescale_(sums), zero_point_);
    M::store(M::min(M::max(moved, minimum_), maximum_), lanes, to);
  }
  // Stores the first `count` vectors of sums, `step` apart.
  template <class Output, int kCount>
  __attribute__((always_inline)) void put_row(const Sums (&sums)[kCount], int32_t count, Output* to,
                                              ptrdiff_t step) const {
    put_row(sums, count, to, step, Choice < M::kNarrowsFours && kCount % 4 == 0 && sizeof(Output) == 1 > ());
  }

 private:
  template <class Output, int kCount>
  __attribute__((always_inline)) void put_row(const Sums (&sums)[kCount], int32_t count, Output* to, ptrdiff_t step,
                                              Choice<false>) const {
    for (int i = 0; i < kCount; ++i) {
      if (i < count) put(sums[i], to + i * step);
    }
  }
  template <int kCount>
  __attribute__((always_inline)) void put_row(const Sums (&sums)[kCount], int32_t count, int8_t* to, ptrdiff_t step,
                                              Choice<true>) const {
    if (count < kCount || lanes_ < M::kLanes) return put_row(sums, count, to, step, Choice<false>());
    const typename M::Narrow narrow(range_.zero_point, range_.minimum, range_.maximum);
    for (int i = 0; i < kCount; i += 4) {
      M::store_fours(narrow({rescale_(sums[i]), rescale_(sums[i + 1]), rescale_(sums[i + 2]), rescale_(sums[i + 3])}),
                     to + i * step, step);
    }
  }

  static Sums constants(const TileLayout<M>& layout, const void* prepared, int32_t array, int32_t first) {
    return M::load(layout.constants(prepared, array) + first);
  }

  typename M::Rescale rescale_;
  Sums zero_point_, minimum_, maximum_;
  OutputRange range_;
  int32_t lanes_;
};

template <class M>
class Decided {
 public:
  Decided(const TileLayout<M>& layout, const void* prepared)
      : threshold_(layout.constants(prepared, ThresholdArrays::kThreshold)),
        falling_(layout.constants(prepared, ThresholdArrays::kFalling)) {}

  // `position`: the output's first word.
  void put(typename M::Sums sums, int32_t block, uint32_t* position) const {
    const int32_t first = block * M::kLanes;
    const typename M::Bits bits = M::bits_at_least(sums, M::load(threshold_ + first), M::load(falling_ + first));
    memcpy(reinterpret_cast<unsigned char*>(position) + first / 8, &bits, sizeof bits);
  }

 private:
  const int32_t *threshold_, *falling_;
};

}  // namespace stapes
