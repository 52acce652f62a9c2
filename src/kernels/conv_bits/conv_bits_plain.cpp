// SPDX-License-Identifier: Apache-2.0
// Binary convolution in standard C++, for any shape.
#include "kernels/conv_bits/conv_bits_plain.h"

#include "kernels/kernel.h"

namespace stapes {

STAPES_KERNEL void conv_bits_plain(const ConvBitsArgs<uint32_t>& a) noexcept {
  run_lanes(a.shape, lane_layout(a.shape, true), a);
}

STAPES_KERNEL void conv_bits_sums_plain(const ConvBitsArgs<int16_t>& a) noexcept {
  const ConvShape& s = a.shape;
  const LaneLayout l = lane_layout(s, false);
  const int32_t bits = bits_of_filter(s);
  const auto raise = [&](const TapRows& rows, int16_t* output) {
    const Counting counting = counting_of(rows);
    const uint32_t* block = static_cast<const uint32_t*>(a.memory.prepared);
    for (int32_t first = 0; first < s.out_c; first += 32, block += l.block_words) {
      uint32_t planes[kMaxPlanes];
      count_differing(rows, l, block, counting.start, planes);
      for (int32_t o = first; o < s.out_c && o < first + 32; ++o) {
        const int32_t counted = lane_of(planes, l.planes, o - first);
        const int32_t twice = counting.limit == Limit::kTwice ? counted
                              : counting.limit == Limit::kOdd ? 2 * counted + 1
                                                              : 2 * counted;
        if (bits - twice > output[o]) output[o] = static_cast<int16_t>(bits - twice);
      }
    }
  };
  int16_t* output = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x, output += s.out_c) {
      for (int32_t o = 0; o < s.out_c; ++o) output[o] = static_cast<int16_t>(a.lowest);
      for_pool(s, a.input, y, x, a.memory.scratch, [&](const TapRows& rows) { raise(rows, output); });
    }
  }
}

}  // namespace stapes
