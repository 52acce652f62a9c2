// SPDX-License-Identifier: Apache-2.0
// conv_bits_depthwise.h: depthwise conv_bits (one channel per filter) on a vector unit V of conv_bits_vector.h. A word
// holds 32 filters, a lane one position:
//
//   for each tap inside:  add bit (input XOR weight) of each filter to its count
//   bit of a filter = count < limit,    limit = (n - threshold) / 2 rounded down, + 1
//
// That is, n - 2 * count >= threshold for n taps inside. Counts are bit-sliced across kPlanes words, one per binary
// digit. Adding a bit takes a half adder per digit; comparing propagates a borrow. 32 MACs take about 3 * kPlanes
// instructions.
//
// The lanes of a vector are neighboring outputs with all tap columns inside, so they share n. Other outputs are
// computed one at a time.
//
// Prepared memory, in 32-bit words; W = words per position; bits past the last channel are 0:
//   weights [taps][W]    limits [taps + 1: n][kPlanes][W]    falling [W]
#pragma once

#include <string.h>

#include "kernels/conv_bits/conv_bits_tile.h"

namespace stapes {

constexpr int32_t kPlanes = 4, kMaxPlaneTaps = (1 << kPlanes) - 2;  // a limit is at most taps + 1

static inline bool suits_depthwise_bits(const ConvShape& s) noexcept {
  return s.groups > 1 && s.in_c == s.groups && s.out_c == s.groups && s.kernel_h * s.kernel_w <= kMaxPlaneTaps;
}

namespace {

// Offsets in the prepared memory, in words.
struct DepthwiseLayout {
  int32_t words, taps;

  size_t weights(int32_t tap, int32_t word) const { return static_cast<size_t>(tap * words + word); }
  size_t limits(int32_t inside, int32_t plane, int32_t word) const {
    return weights(taps + inside * kPlanes + plane, word);
  }
  size_t falling(int32_t word) const { return limits(taps + 1, 0, word); }
  size_t end() const { return falling(words); }
};

}  // namespace

static inline DepthwiseLayout depthwise_layout(const ConvShape& s) {
  return {words_of_bits(s.out_c), s.kernel_h * s.kernel_w};
}

static inline size_t depthwise_bits_prepared_bytes(const ConvShape& s) noexcept {
  return depthwise_layout(s).end() * sizeof(uint32_t);
}

// inside - 2 * count >= threshold if count is below this limit: 0 (never) to inside + 1 (always).
static inline int32_t count_limit(int32_t inside, int32_t threshold) {
  const int64_t room = static_cast<int64_t>(inside) - threshold;
  if (room < 0) return 0;
  return room / 2 < inside ? static_cast<int32_t>(room / 2) + 1 : inside + 1;
}

static inline void depthwise_bits_prepare(const ConvBitsArgs<uint32_t>& a, void* prepared) noexcept {
  const DepthwiseLayout layout = depthwise_layout(a.shape);
  uint32_t* to = static_cast<uint32_t*>(prepared);
  memset(prepared, 0, depthwise_bits_prepared_bytes(a.shape));
  for (int32_t o = 0; o < a.shape.out_c; ++o) {
    const int32_t word = o / 32, bit = o % 32;
    for (int32_t tap = 0; tap < layout.taps; ++tap) to[layout.weights(tap, word)] |= (a.weights[o] >> tap & 1) << bit;
    for (int32_t inside = 0; inside <= layout.taps; ++inside) {
      const auto limit = static_cast<uint32_t>(count_limit(inside, a.threshold[o]));
      for (int32_t plane = 0; plane < kPlanes; ++plane) {
        to[layout.limits(inside, plane, word)] |= (limit >> plane & 1) << bit;
      }
    }
    if (a.falling != nullptr) to[layout.falling(word)] |= static_cast<uint32_t>(a.falling[o]) << bit;
  }
}

namespace {

// A vector unit with one lane.
struct OneWord {
  using Vector = uint32_t;
  static constexpr int kLanes = 1;

  static Vector zero() { return 0; }
  static Vector broadcast(int32_t value) { return static_cast<uint32_t>(value); }
  static void store(uint32_t* to, Vector a) { *to = a; }
  static Vector load_columns(const uint32_t* row, int32_t first, int32_t, int32_t) { return row[first]; }
};

struct DepthwiseCall {
  const ConvBitsArgs<uint32_t>& args;
  DepthwiseLayout layout;
  const uint32_t* prepared;
};

}  // namespace

// Bit i of a lane: whether filter i of the word reaches its threshold. Lane 0 is position (y, x) before the pool. The
// next lanes are pool_w columns apart and have the same taps inside.
template <class V>
static inline auto reached(const DepthwiseCall& call, int32_t word, int32_t y, int32_t x) {
  const ConvShape& s = call.args.shape;
  const int32_t words = call.layout.words;
  const auto prepared = [&](size_t at) { return V::broadcast(static_cast<int32_t>(call.prepared[at])); };
  const Patch patch = patch_at(s, y, x);
  typename V::Vector count[kPlanes];
  for (int plane = 0; plane < kPlanes; ++plane) count[plane] = V::zero();
  for (int32_t tap_h = patch.rows.first; tap_h < patch.rows.last; ++tap_h) {
    const uint32_t* row = input_row(s, call.args.input, patch.start_h + tap_h);
    for (int32_t tap_w = patch.columns.first; tap_w < patch.columns.last; ++tap_w) {
      auto carry =
          V::load_columns(row, (patch.start_w + tap_w) * words + word, s.stride_w * s.pool_w * words, s.in_w * words) ^
          prepared(call.layout.weights(tap_h * s.kernel_w + tap_w, word));
      for (int plane = 0; plane < kPlanes; ++plane) {
        const auto digit = count[plane];
        count[plane] = digit ^ carry;
        carry = digit & carry;
      }
    }
  }
  const int32_t inside = (patch.rows.last - patch.rows.first) * (patch.columns.last - patch.columns.first);
  auto less = V::zero();
  for (int plane = 0; plane < kPlanes; ++plane) {
    const auto limit = prepared(call.layout.limits(inside, plane, word));
    less = (~count[plane] & limit) | (~(count[plane] ^ limit) & less);
  }
  return less;
}

// Computes `outputs` (up to V::kLanes) outputs of row out_y from out_x.
template <class V>
static inline void run_depthwise(const DepthwiseCall& call, int32_t out_y, int32_t out_x, int32_t outputs) {
  const ConvShape& s = call.args.shape;
  const int32_t words = call.layout.words;
  uint32_t* to =
      call.args.output + (static_cast<size_t>(out_y) * static_cast<size_t>(s.out_w) + static_cast<size_t>(out_x)) *
                             static_cast<size_t>(words);
  for (int32_t word = 0; word < words; ++word) {
    auto any = V::zero();
    for (int32_t y = out_y * s.pool_h; y < (out_y + 1) * s.pool_h; ++y) {
      for (int32_t x = out_x * s.pool_w; x < (out_x + 1) * s.pool_w; ++x) any = any | reached<V>(call, word, y, x);
    }
    alignas(64) uint32_t lanes[V::kLanes];
    V::store(lanes, any ^ V::broadcast(static_cast<int32_t>(call.prepared[call.layout.falling(word)])));
    for (int32_t i = 0; i < outputs; ++i) to[i * words + word] = lanes[i];
  }
}

template <class V>
static inline void conv_bits_depthwise(const ConvBitsArgs<uint32_t>& a) {
  const ConvShape& s = a.shape;
  const DepthwiseCall call{a, depthwise_layout(s), static_cast<const uint32_t*>(a.memory.prepared)};
  const InsideRange columns = inside_range(s.in_w, s.kernel_w, s.stride_w, s.pad_w);
  for (int32_t y = 0; y < s.out_h; ++y) {
    for (int32_t x = 0; x < s.out_w;) {
      int32_t outputs = 0;
      while (outputs < V::kLanes && x + outputs < s.out_w && columns.holds((x + outputs) * s.pool_w, s.pool_w))
        ++outputs;
      if (outputs > 0) {
        run_depthwise<V>(call, y, x, outputs);
      } else {
        run_depthwise<OneWord>(call, y, x, outputs = 1);
      }
      x += outputs;
    }
  }
}

}  // namespace stapes
