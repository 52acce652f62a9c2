// SPDX-License-Identifier: Apache-2.0
// depthwise_bands_plain.h: bands of depthwise outputs in standard C++.
#pragma once

#include "kernels/channel_rescale.h"
#include "kernels/loops/depthwise/depthwise_bands.h"

namespace stapes {

// If there are few taps, copies their weights, since a store through an int8_t* might alias them.
template <int32_t kHeight, int32_t kWidth>
struct PlainDepthwiseBands {
  static constexpr int32_t kInRegisters = 12, kCopied = kHeight * kWidth <= kInRegisters ? kHeight * kWidth : 0;

  static __attribute__((noinline)) void run(const ConvShape&, const DepthwiseBand& band) {
    int32_t copy[kCopied > 0 ? kCopied : 1];
    for (int32_t i = 0; i < kCopied; ++i) copy[i] = band.weights[i];
    run_with(band, kHeight, kWidth, kCopied > 0 ? copy : band.weights);
  }

  STAPES_ALWAYS_INLINE void run_with(const DepthwiseBand& b, int32_t height, int32_t width, const int32_t* weights) {
    const DepthwiseFilter filter = b.filter;
    const int32_t row_words = b.row_words, step = b.step_w, channels = b.channels;
    const int32_t* row = b.words;
    int8_t* output = b.output;
    for (int32_t y = 0; y < b.rows; ++y, row += b.step_h) {
      const int32_t* at = row;
      for (const int8_t* const end = output + b.columns * channels; output != end; output += channels, at += step) {
        int32_t sum = filter.first;
        const int32_t* tap = at;
#pragma GCC unroll 16
        for (int32_t tap_h = 0; tap_h < height; ++tap_h, tap += row_words) {
#pragma GCC unroll 32
          for (int32_t tap_w = 0; tap_w < width; ++tap_w) sum += weights[tap_h * width + tap_w] * tap[tap_w];
        }
        const int32_t high = doubling_high_mul(sum, filter.multiplier);
        *output = saturate_to_int8((filter.offset + high + (sum >> 31)) >> filter.right);
      }
    }
  }
};

// For kernel sizes unknown at compile time.
struct PlainDepthwiseBandsOfAny {
  static inline void run(const ConvShape& s, const DepthwiseBand& band) {
    PlainDepthwiseBands<1, 1>::run_with(band, s.kernel_h, s.kernel_w, band.weights);
  }
};

}  // namespace stapes
