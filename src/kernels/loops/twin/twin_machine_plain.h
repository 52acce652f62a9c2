// SPDX-License-Identifier: Apache-2.0
// twin_machine_plain.h: twin_conv.h in standard C++.
#pragma once

#include "kernels/channel_rescale.h"
#include "kernels/loops/twin/twin_conv.h"

namespace stapes {

constexpr uint32_t kTwinHalf = 1u << 15;

// S and V (twin_layout.h) of each word.
struct TwinSums {
  uint32_t all[kTwinWords], upper[kTwinWords];
};

template <int32_t kTaps>
STAPES_ALWAYS_INLINE TwinSums sum_twins(const uint32_t* words, const int8_t* weights, int32_t run, int32_t first) {
  const auto start = static_cast<uint32_t>(first);
  const uint32_t all = start * 65537u - static_cast<uint32_t>(run / kTaps) * kTwinHalf;
  TwinSums sums{{all, all}, {start, start}};
#pragma GCC unroll 2
  for (int32_t i = 0; i < run; i += kTaps, words += kTaps * kTwinWords, weights += kTaps) {
    uint32_t a = kTwinHalf, b = kTwinHalf;
#pragma GCC unroll 4
    for (int32_t tap = 0; tap < kTaps; ++tap) {
      const auto weight = static_cast<uint32_t>(int32_t{weights[tap]});
      a += weight * words[tap * kTwinWords];
      b += weight * words[tap * kTwinWords + 1];
    }
    sums.all[0] += a;
    sums.all[1] += b;
    sums.upper[0] += static_cast<uint32_t>(static_cast<int32_t>(a) >> 16);
    sums.upper[1] += static_cast<uint32_t>(static_cast<int32_t>(b) >> 16);
  }
  return sums;
}

struct PlainTwin {
  using Element = uint32_t;
  static constexpr int32_t kPositions = kTwinPositions;

  STAPES_ALWAYS_INLINE uint32_t* widen(const int8_t* const* from, int32_t count, int32_t, uint32_t* to) {
    pack(from[0], from[1], count, to);
    pack(from[2], from[3], count, to + 1);
    return to + count * kTwinWords;
  }

  static __attribute__((noinline)) void run(const TwinTile& tile) {
    int8_t* output = tile.output;
    for (const unsigned char* at = tile.filters; at != tile.filters_end; ++output) {
      const auto& filter = *static_cast<const TwinFilter*>(static_cast<const void*>(at));
      const auto* const weights = reinterpret_cast<const int8_t*>(at + sizeof(TwinFilter));
      const TwinSums sums = filter.taps == 4 ? sum_twins<4>(tile.words, weights, tile.run, filter.first)
                                             : sum_twins<2>(tile.words, weights, tile.run, filter.first);
      output[0] = finish(filter, sums.all[0] - (sums.upper[0] << 16));
      output[tile.second] = finish(filter, sums.upper[0]);
      output[tile.third] = finish(filter, sums.all[1] - (sums.upper[1] << 16));
      output[tile.fourth] = finish(filter, sums.upper[1]);
      at += sizeof(TwinFilter) + static_cast<size_t>(tile.run);
    }
  }

 private:
  // Packs positions x and y into every other word.
  static __attribute__((noinline)) void pack(const int8_t* x, const int8_t* y, int32_t count, uint32_t* to) {
#pragma GCC unroll 4
    for (int32_t i = 0; i < count; ++i) {
      to[i * kTwinWords] = static_cast<uint32_t>(int32_t{y[i]}) * 65536u + static_cast<uint32_t>(int32_t{x[i]});
    }
  }

  STAPES_ALWAYS_INLINE int8_t finish(const TwinFilter& filter, uint32_t sum) {
    const auto x = static_cast<int32_t>(sum);
    const int32_t high = doubling_high_mul(x, filter.multiplier);
    return saturate_to_int8((filter.offset + high + (x >> 31)) >> filter.right);
  }
};

}  // namespace stapes
