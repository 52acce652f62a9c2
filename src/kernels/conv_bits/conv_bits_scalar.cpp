// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "kernels/conv_bits/conv_bits.h"
#include "kernels/kernel.h"

namespace stapes {
namespace {

struct Scratch {
  Scratch(const ConvShape& shape, void* memory)
      : words(static_cast<int32_t>((filter_size(shape) + 31) / 32)),
        patch(static_cast<uint32_t*>(memory)),
        present(patch + words),
        best(reinterpret_cast<int32_t*>(present + words)) {}

  int32_t words;
  uint32_t* patch;
  uint32_t* present;
  int32_t* best;  // [out_c]
};

// Copies `count` bits from bit `first` of `from` to bit `at` of `to`, where the bits must be 0.
void copy_bits(uint32_t* to, size_t at, const uint32_t* from, size_t first, int32_t count) {
  for (int32_t done = 0; done < count; done += 32, at += 32, first += 32) {
    const uint32_t bits = bits_at(from, first, count - done < 32 ? count - done : 32), offset = at % 32;
    to[at / 32] |= bits << offset;
    if (offset != 0 && (bits >> (32 - offset)) != 0) to[at / 32 + 1] |= bits >> (32 - offset);
  }
}

void set_bits(uint32_t* to, size_t at, int32_t count) {
  for (int32_t i = 0; i < count; ++i, ++at) to[at / 32] |= 1u << (at % 32);
}

// Fills patch and present for one group. Returns n.
template <class Output>
int32_t gather(const ConvBitsArgs<Output>& a, const Scratch& scratch, int32_t group, int32_t y, int32_t x) {
  const ConvShape& s = a.shape;
  const Patch patch = patch_at(s, y, x);
  const int32_t words_in = words_of_bits(s.in_c), channels = group_channels(s);
  const int32_t length = patch_row_length(s, patch);
  memset(scratch.patch, 0, static_cast<size_t>(scratch.words) * 2 * sizeof(uint32_t));
  for (int32_t tap_h = patch.rows.first; tap_h < patch.rows.last; ++tap_h) {
    size_t at = patch_weight(s, patch, tap_h);
    set_bits(scratch.present, at, length);
    const uint32_t* from =
        a.input + patch_input(s, patch, tap_h) / static_cast<size_t>(s.in_c) * static_cast<size_t>(words_in);
    for (int32_t tap = patch.columns.first; tap < patch.columns.last; ++tap, from += words_in) {
      copy_bits(scratch.patch, at, from, static_cast<size_t>(group) * static_cast<size_t>(channels), channels);
      at += static_cast<size_t>(channels);
    }
  }
  return (patch.rows.last - patch.rows.first) * length;
}

// best[o] = max over the pool of s(., ., o)
template <class Output>
void pooled_sums(const ConvBitsArgs<Output>& a, const Scratch& scratch, int32_t out_y, int32_t out_x) {
  const ConvShape& s = a.shape;
  for (int32_t o = 0; o < s.out_c; ++o) scratch.best[o] = INT32_MIN;
  for (int32_t p = 0; p < s.pool_h * s.pool_w; ++p) {
    const uint32_t* row = a.weights;
    int32_t* best = scratch.best;
    for (int32_t group = 0; group < s.groups; ++group) {
      const int32_t inside =
          gather(a, scratch, group, out_y * s.pool_h + p / s.pool_w, out_x * s.pool_w + p % s.pool_w);
      for (int32_t filters = group_filters(s); filters > 0; --filters, row += scratch.words, ++best) {
        int32_t differing = 0;
        for (int32_t w = 0; w < scratch.words; ++w) {
          differing += popcount32((row[w] ^ scratch.patch[w]) & scratch.present[w]);
        }
        const int32_t sum = inside - 2 * differing;
        if (sum > *best) *best = sum;
      }
    }
  }
}

}  // namespace

// Scratch: the patch, the presence mask, and the largest sum so far of each output channel.
STAPES_KERNEL size_t conv_bits_scalar_scratch_bytes(const ConvShape& s) noexcept {
  return (2 * ((filter_size(s) + 31) / 32) + static_cast<size_t>(s.out_c)) * sizeof(uint32_t);
}

STAPES_KERNEL void conv_bits_scalar(const ConvBitsArgs<uint32_t>& a) noexcept {
  const ConvShape& s = a.shape;
  const Scratch scratch(s, a.memory.scratch);
  uint32_t* output = a.output;
  const int32_t words_out = words_of_bits(s.out_c);
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x, output += words_out) {
      pooled_sums(a, scratch, y, x);
      for (int32_t w = 0; w < words_out; ++w) output[w] = 0;
      for (int32_t o = 0; o < s.out_c; ++o) {
        output[o / 32] |= threshold_bit(scratch.best[o], a.threshold, a.falling, o) << (o % 32);
      }
    }
  }
}

STAPES_KERNEL void conv_bits_sums_scalar(const ConvBitsArgs<int16_t>& a) noexcept {
  const ConvShape& s = a.shape;
  const Scratch scratch(s, a.memory.scratch);
  int16_t* output = a.output;
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w; ++x, output += s.out_c) {
      pooled_sums(a, scratch, y, x);
      for (int32_t o = 0; o < s.out_c; ++o) {
        output[o] = static_cast<int16_t>(scratch.best[o] > a.lowest ? scratch.best[o] : a.lowest);
      }
    }
  }
}

}  // namespace stapes
