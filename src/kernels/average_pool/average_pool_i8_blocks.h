// SPDX-License-Identifier: Apache-2.0
// average_pool_i8_blocks.h: int8 average pools on small cores, kPoolChannels channels at a time. The last block ends
// with the last channel, so some channels may be computed twice. M adds up the positions of a row:
//   add_row(from, stride, count, sums)   sums[c] += from[c] + from[stride + c] + ...
#pragma once

#include <stddef.h>

#include "kernels/always_inline.h"
#include "kernels/average_pool/average_pool.h"
#include "kernels/requantize.h"

namespace stapes {

constexpr int32_t kPoolChannels = 4;

static inline bool pool_has_blocks(const AveragePoolArgs<int8_t, int8_t>& a) noexcept {
  return a.channels >= kPoolChannels;
}

template <class M>
STAPES_ALWAYS_INLINE void average_block(const AveragePoolArgs<int8_t, int8_t>& a, const int8_t* from, int8_t* to) {
  const int32_t area = a.pool_h * a.pool_w;
  int32_t sums[kPoolChannels] = {0, 0, 0, 0};
  const bool is_one_row = a.pool_w == a.in_w;  // then rows are contiguous
  const int32_t rows = is_one_row ? 1 : a.pool_h, count = is_one_row ? area : a.pool_w;
  for (int32_t y = 0; y < rows; ++y, from += static_cast<ptrdiff_t>(a.in_w) * a.channels) {
    M::add_row(from, a.channels, count, sums);
  }
  for (int32_t c = 0; c < kPoolChannels; ++c) to[c] = static_cast<int8_t>(rounding_divide(sums[c], area));
}

template <class M>
STAPES_ALWAYS_INLINE void average_pool_blocks(const AveragePoolArgs<int8_t, int8_t>& a) {
  int8_t* output = a.output;
  for (int32_t y = 0; y + a.pool_h <= a.in_h; y += a.pool_h) {
    for (int32_t x = 0; x + a.pool_w <= a.in_w; x += a.pool_w, output += a.channels) {
      const int8_t* const from = a.input + (static_cast<ptrdiff_t>(y) * a.in_w + x) * a.channels;
      for (int32_t c = 0; c < a.channels; c += kPoolChannels) {
        const int32_t first = c <= a.channels - kPoolChannels ? c : a.channels - kPoolChannels;
        average_block<M>(a, from + first, output + first);
      }
    }
  }
}

}  // namespace stapes
