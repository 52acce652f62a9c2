// SPDX-License-Identifier: Apache-2.0
// conv_bits_layout.h: bit layout of the vector variants of conv_bits. A vector holds one 32-bit word of each of kLanes
// filters. A patch is a list of words, each broadcast to all lanes.
//
// Patch: a word holds as many whole taps as fit (1 for 17..32 channels, 4 for 8). With 33 or more channels, a tap takes
// several words. Input words need at most one shift.
//
// Prepared memory: blocks of kLanes filters, each a list of rows of kLanes values. Filters past the last are 0.
//   patch.words rows   the filters' bits in the order of a patch
//   corner rows        if taps may lie outside the input. Such taps are gathered as zeros, that is, as -1, and each
//                      wrongly adds in_c - 2 * popcount(weights). Corner rows subtract it: [kernel_h + 1][kernel_w + 1]
//                      sums over all taps above and to the left, since the taps inside form a rectangle
//   1 row              thresholds; INT32_MAX (bit 0) past the last filter
//   1 row              the first value holds the `falling` flags, one bit per filter
#pragma once

#include <string.h>

#include "kernels/conv_bits/conv_bits.h"

namespace stapes {

struct PatchLayout {
  int32_t taps;           // kernel_h * kernel_w
  int32_t words_per_tap;  // 1 for up to 32 channels
  int32_t taps_per_word;  // 1 for 17 or more channels
  int32_t words;          // of a patch
};

static inline PatchLayout patch_layout(const ConvShape& s) {
  PatchLayout layout{};
  layout.taps = s.kernel_h * s.kernel_w;
  layout.words_per_tap = words_of_bits(s.in_c);
  layout.taps_per_word = s.in_c < 32 ? 32 / s.in_c : 1;
  layout.words = (layout.taps + layout.taps_per_word - 1) / layout.taps_per_word * layout.words_per_tap;
  return layout;
}

struct BlockLayout {
  int32_t corners, thresholds, falling, rows;
};

// Whether any call may have taps outside the input. Layers with several tap rows may run in parts, with taps below the
// last row regardless of pad_h.
static inline bool may_see_outside(const ConvShape& s) { return s.kernel_h > 1 || s.pad_h > 0 || end_pad_w(s) > 0; }

// The row with the sum over tap rows before `tap_h` and columns before `tap_w`.
static inline int32_t corner_row(const ConvShape& s, int32_t tap_h, int32_t tap_w) {
  return tap_h * (s.kernel_w + 1) + tap_w;
}

static inline BlockLayout block_layout(const ConvShape& s, const PatchLayout& patch) {
  const int32_t corners = patch.words;
  const int32_t thresholds = corners + (may_see_outside(s) ? corner_row(s, s.kernel_h, s.kernel_w) + 1 : 0);
  return {corners, thresholds, thresholds + 1, thresholds + 2};
}

template <int kLanes>
static inline int32_t block_count(const ConvShape& s) {
  return (s.out_c + kLanes - 1) / kLanes;
}

template <int kLanes>
static inline size_t conv_bits_prepared_bytes(const ConvShape& s) noexcept {
  const size_t rows = static_cast<size_t>(block_layout(s, patch_layout(s)).rows);
  return static_cast<size_t>(block_count<kLanes>(s)) * rows * kLanes * sizeof(uint32_t);
}

// Lays out the bits of one tap; returns how many are 1. `lane` points to filter `o` in the first row of its block.
template <int kLanes, class Output>
static inline int32_t prepare_tap(const ConvBitsArgs<Output>& a, const PatchLayout& patch, int32_t o, int32_t tap,
                                  uint32_t* lane) {
  const ConvShape& s = a.shape;
  const uint32_t* filter = a.weights + static_cast<size_t>(o) * ((filter_size(s) + 31) / 32);
  int32_t ones = 0;
  for (int32_t c = 0; c < s.in_c; c += 32) {
    const size_t at = static_cast<size_t>(tap) * static_cast<size_t>(s.in_c) + static_cast<size_t>(c);
    const uint32_t bits = bits_at(filter, at, s.in_c - c < 32 ? s.in_c - c : 32);
    const int32_t row = tap / patch.taps_per_word * patch.words_per_tap + c / 32;
    lane[row * kLanes] |= bits << (tap % patch.taps_per_word * s.in_c);
    ones += popcount32(bits);
  }
  return ones;
}

template <int kLanes, class Output>
static inline void prepare_filter(const ConvBitsArgs<Output>& a, const PatchLayout& patch, int32_t o, uint32_t* lane) {
  const ConvShape& s = a.shape;
  uint32_t* corners = lane + block_layout(s, patch).corners * kLanes;
  for (int32_t tap_h = 0; tap_h < s.kernel_h; ++tap_h) {
    uint32_t sum = 0;  // of this tap row; two's complement, like the stored sums
    for (int32_t tap_w = 0; tap_w < s.kernel_w; ++tap_w) {
      const int32_t ones = prepare_tap<kLanes>(a, patch, o, tap_h * s.kernel_w + tap_w, lane);
      if (!may_see_outside(s)) continue;
      sum += static_cast<uint32_t>(s.in_c - 2 * ones);
      const uint32_t above = corners[corner_row(s, tap_h, tap_w + 1) * kLanes];
      corners[corner_row(s, tap_h + 1, tap_w + 1) * kLanes] = above + sum;
    }
  }
}

template <int kLanes, class Output>
static inline void conv_bits_prepare(const ConvBitsArgs<Output>& a, void* prepared) noexcept {
  const ConvShape& s = a.shape;
  const PatchLayout patch = patch_layout(s);
  const BlockLayout layout = block_layout(s, patch);
  memset(prepared, 0, conv_bits_prepared_bytes<kLanes>(s));
  uint32_t* block = static_cast<uint32_t*>(prepared);
  for (int32_t first = 0; first < s.out_c; first += kLanes, block += layout.rows * kLanes) {
    for (int32_t lane = 0; lane < kLanes; ++lane) {
      const int32_t o = first + lane;
      const bool exists = o < s.out_c;
      if (exists) prepare_filter<kLanes>(a, patch, o, block + lane);
      const int32_t threshold = exists && a.threshold != nullptr ? a.threshold[o] : INT32_MAX;
      block[layout.thresholds * kLanes + lane] = static_cast<uint32_t>(threshold);
      if (exists && a.falling != nullptr) {
        block[layout.falling * kLanes] |= static_cast<uint32_t>(a.falling[o]) << lane;
      }
    }
  }
}

}  // namespace stapes
