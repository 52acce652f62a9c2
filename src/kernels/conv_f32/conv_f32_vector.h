// SPDX-License-Identifier: Apache-2.0
// conv_f32_vector.h: the loops of conv_f32 for all vector instruction sets. The file of each set defines a struct `Vec`
// and instantiates VectorConv<Vec>.
//
// Output channels lie across the lanes. Every sum is one chain of fused multiply-adds:
//   sum = bias[o];  for tap_h, tap_w, c: sum = fma(input[..], weights[o][tap_h][tap_w][c], sum)
// Its bits do not depend on position, calls, tiles or number of lanes, so all variants with a fused multiply-add agree.
// The scalar kernel adds in another order (dot_f32.h).
//
// Prepared weights: [block of kLanes channels][1 + K][kLanes], K = filter size. Row 0 is the bias; missing channels are
// 0. A tile is up to kMaxPositions neighbors in a row by up to kMaxBlocks blocks, with all sums in registers. The group
// of blocks is the outermost loop: its weights are fetched once and stay in the second-level cache.
//
// The sums of a tile update the running maximum of the pool at their output. ReLU may be applied each time:
// max(max(a, 0), max(b, 0)) = max(max(a, b), 0), and likewise ReLU6.
//
// Padding columns are copied into scratch with the input; padding rows are skipped.
//
// With groups (kGrouped) each lane needs the input of its own channel. So the input is spread out in scratch to
// [in_h][pad_w + in_w + end_pad_w][in_c / groups][out_c], and loads replace the broadcasts. Depthwise convolutions only
// need the copy: the last lanes may read past the end.
//
// In an unnamed namespace, since each including file has its own compiler flags.
#pragma once

#include <string.h>

#include "kernels/conv_f32/conv_f32.h"
#include "kernels/relu_f32.h"

namespace stapes {
namespace {

// Vec: type F; kLanes, kMaxPositions, kMaxBlocks; zero, load, broadcast, fma(a, b, c) = a * b + c;
// larger(a, b) = a > b ? a : b, smaller(a, b) = a < b ? a : b; for the first `count` lanes: load_first, store_first.
template <class Vec, bool kGrouped = false>
class VectorConv {
  using F = typename Vec::F;
  using Args = ConvF32Args<float, float>;
  static constexpr int32_t kLanes = Vec::kLanes;
  static constexpr int32_t kMaxPositions = Vec::kMaxPositions;
  static constexpr int32_t kMaxBlocks = Vec::kMaxBlocks;

 public:
  static size_t prepared_bytes(const ConvShape& s) noexcept {
    return static_cast<size_t>(block_count(s)) * block_size(s) * sizeof(float);
  }

  static void prepare(const Args& a, void* prepared) noexcept {
    const size_t size = filter_size(a.shape);
    float* out = static_cast<float*>(prepared);
    for (int32_t block = 0; block < block_count(a.shape); ++block) {
      for (size_t row = 0; row <= size; ++row) {
        for (int32_t lane = 0; lane < kLanes; ++lane) {
          const int32_t o = block * kLanes + lane;
          if (o >= a.shape.out_c) {
            *out++ = 0;
          } else {
            *out++ = row == 0 ? a.bias[o] : a.weights[static_cast<size_t>(o) * size + row - 1];
          }
        }
      }
    }
  }

  static size_t scratch_bytes(const ConvShape& s) noexcept {
    if (kGrouped) return (static_cast<size_t>(s.in_h) * padded_row_size(s) + kLanes) * sizeof(float);
    return end_pad_w(s) == 0 ? 0 : static_cast<size_t>(s.in_h) * padded_row_size(s) * sizeof(float);
  }

  static void run(const Args& a) noexcept {
    const ConvShape& s = a.shape;
    const float* input = a.input;
    if (kGrouped || end_pad_w(s) > 0) {
      pad_columns(a, static_cast<float*>(a.memory.scratch));
      input = static_cast<const float*>(a.memory.scratch);
    }
    for (int32_t block = 0; block < block_count(s); block += kMaxBlocks) {
      const int32_t left = block_count(s) - block;
      run_blocks<kMaxBlocks>(left < kMaxBlocks ? left : kMaxBlocks, a, input + (kGrouped ? block * kLanes : 0), block);
    }
  }

 private:
  static int32_t block_count(const ConvShape& s) { return (s.out_c + kLanes - 1) / kLanes; }
  static size_t block_size(const ConvShape& s) { return (filter_size(s) + 1) * static_cast<size_t>(kLanes); }
  // Floats per column of the padded input; with groups, after spreading.
  static size_t column_size(const ConvShape& s) {
    return kGrouped ? static_cast<size_t>(group_channels(s)) * static_cast<size_t>(s.out_c)
                    : static_cast<size_t>(s.in_c);
  }
  static size_t padded_row_size(const ConvShape& s) {
    return static_cast<size_t>(s.pad_w + s.in_w + end_pad_w(s)) * column_size(s);
  }

  // [in_h][pad_w + in_w + end_pad_w][column_size]
  static void pad_columns(const Args& a, float* out) {
    const ConvShape& s = a.shape;
    const size_t left = static_cast<size_t>(s.pad_w) * column_size(s);
    const size_t right = static_cast<size_t>(end_pad_w(s)) * column_size(s);
    const size_t row = static_cast<size_t>(s.in_w) * column_size(s);
    const float* in = a.input;
    for (int32_t y = 0; y < s.in_h; ++y) {
      memset(out, 0, left * sizeof(float));
      copy_row(s, in, out + left);
      memset(out + left + row, 0, right * sizeof(float));
      in += static_cast<size_t>(s.in_w) * static_cast<size_t>(s.in_c);
      out += left + row + right;
    }
  }
  static void copy_row(const ConvShape& s, const float* in, float* out) {
    if (!kGrouped || (s.in_c == s.groups && s.out_c == s.groups)) {
      memcpy(out, in, static_cast<size_t>(s.in_w) * column_size(s) * sizeof(float));
      return;
    }
    const int32_t channels = group_channels(s), filters = s.out_c / s.groups;
    for (int32_t x = 0; x < s.in_w; ++x, in += s.in_c) {
      for (int32_t j = 0; j < channels; ++j) {
        for (int32_t group = 0; group < s.groups; ++group) {
          for (int32_t f = 0; f < filters; ++f) *out++ = in[group * channels + j];
        }
      }
    }
  }

  // Shared by the tiles of one row of positions, before the pool.
  struct Row {
    const float* bias;     // of the first block
    const float* weights;  // of its first tap inside the input
    size_t block_size;     // to the next block
    size_t ahead;          // to the weights to prefetch, or 0
    const float* input;    // first tap inside, of position 0
    size_t input_row;      // to the next row of taps
    size_t position_step;
    size_t taps_per_row;  // kernel_w * in_c / groups
    int32_t tap_rows;     // inside the input
    int32_t last_lanes;   // channels in the last block
    int32_t channels;
    int32_t pool_w;
    bool relu, relu6;
  };

  // Where the next sum goes.
  struct Window {
    float* out;
    bool first_row;  // of the pool
    int32_t done;    // positions of this row
  };

  template <int kBlocks>
  static void run_blocks(int32_t blocks, const Args& a, const float* input, int32_t block) {
    constexpr int kFewer = kBlocks > 1 ? kBlocks - 1 : 1;
    if (kBlocks > 1 && blocks < kBlocks) return run_blocks<kFewer>(blocks, a, input, block);
    const ConvShape& s = a.shape;
    const float* weights = static_cast<const float*>(a.memory.prepared) + static_cast<size_t>(block) * block_size(s);
    const int32_t channels_left = s.out_c - (block + kBlocks - 1) * kLanes;
    Row row{weights,
            nullptr,  // weights of each row, set below
            block_size(s),
            0,        // weights ahead, set below
            nullptr,  // input of each row, set below
            padded_row_size(s),
            static_cast<size_t>(s.stride_w) * column_size(s),
            static_cast<size_t>(s.kernel_w) * static_cast<size_t>(group_channels(s)),
            0,  // tap rows of each row, set below
            channels_left < kLanes ? channels_left : kLanes,
            s.out_c,
            s.pool_w,
            a.relu,
            a.relu6};
    for (int32_t y = 0; y < s.out_h * s.pool_h; ++y) {
      const int32_t start = y * s.stride_h - s.pad_h;
      const TapRange taps = taps_inside(start, s.kernel_h, s.in_h);
      row.tap_rows = taps.last - taps.first;
      row.ahead = y > 0 && block + 2 * kBlocks <= block_count(s) ? kBlocks * block_size(s) : 0;
      row.weights = weights + (1 + static_cast<size_t>(taps.first) * row.taps_per_row) * kLanes;
      row.input = row.tap_rows == 0 ? input : input + static_cast<size_t>(start + taps.first) * row.input_row;
      const int32_t out_y = y / s.pool_h;
      const size_t place = static_cast<size_t>(out_y) * static_cast<size_t>(s.out_w) * static_cast<size_t>(s.out_c);
      const Window window{a.output + place + block * kLanes, y == out_y * s.pool_h, 0};
      run_row<kBlocks>(row, s.out_w * s.pool_w, window);
    }
  }

  // Tiles have nearly equal widths: a narrow last tile would stall on dependent FMAs.
  template <int kBlocks>
  static void run_row(const Row& row, int32_t positions, Window window) {
    const int32_t tiles = (positions + kMaxPositions - 1) / kMaxPositions;
    const int32_t narrow = positions / tiles, wide_tiles = positions % tiles;
    const float* input = row.input;
    for (int32_t tile = 0; tile < tiles; ++tile) {
      const int32_t width = tile < wide_tiles ? narrow + 1 : narrow;
      run_tile<kBlocks, kMaxPositions>(width, row, input, window);
      input += static_cast<size_t>(width) * row.position_step;
    }
  }

  template <int kBlocks, int kPositions>
  static void run_tile(int32_t width, const Row& row, const float* input, Window& window) {
    constexpr int kFewer = kPositions > 1 ? kPositions - 1 : 1;
    if (kPositions > 1 && width < kPositions) return run_tile<kBlocks, kFewer>(width, row, input, window);
    F sums[kPositions][kBlocks];
    add_products(row, input, sums);
    pool(sums, row, window);
  }

  template <int kPositions, int kBlocks>
  static inline void add_products(const Row& row, const float* input, F (&out)[kPositions][kBlocks]) {
    F sums[kPositions][kBlocks];  // registers
    for (int b = 0; b < kBlocks; ++b) {
      const F bias = Vec::load(row.bias + static_cast<size_t>(b) * row.block_size);
      for (int p = 0; p < kPositions; ++p) sums[p][b] = bias;
    }
    const float* weights = row.weights;
    const size_t element_step = kGrouped ? static_cast<size_t>(row.channels) : 1;
    for (int32_t tap_row = 0; tap_row < row.tap_rows; ++tap_row) {
      for (size_t i = 0; i < row.taps_per_row; ++i) {
        F filter[kBlocks];
        for (int b = 0; b < kBlocks; ++b) {
          const float* const of_block = weights + static_cast<size_t>(b) * row.block_size;
          filter[b] = Vec::load(of_block);
          __builtin_prefetch(of_block + row.ahead, 0, 2);
        }
        for (int p = 0; p < kPositions; ++p) {
          const float* element = input + i * element_step + static_cast<size_t>(p) * row.position_step;
          for (int b = 0; b < kBlocks; ++b) {
            const F value = kGrouped ? Vec::load(element + b * kLanes) : Vec::broadcast(element);
            sums[p][b] = Vec::fma(value, filter[b], sums[p][b]);
          }
        }
        weights += kLanes;
      }
      input += row.input_row;
    }
    for (int p = 0; p < kPositions; ++p) {
      for (int b = 0; b < kBlocks; ++b) out[p][b] = sums[p][b];
    }
  }

  // Updates each window's running maximum in the output.
  template <int kPositions, int kBlocks>
  static inline void pool(const F (&sums)[kPositions][kBlocks], const Row& row, Window& window) {
    for (int32_t p = 0; p < kPositions;) {
      const bool first = window.first_row && window.done == 0;
      const int32_t wanted = row.pool_w - window.done, count = wanted < kPositions - p ? wanted : kPositions - p;
      for (int32_t b = 0; b < kBlocks; ++b) {
        float* out = window.out + b * kLanes;
        const int32_t lanes = b == kBlocks - 1 ? row.last_lanes : kLanes;
        F best = first ? sums[p][b] : Vec::load_first(out, lanes);
        for (int32_t i = 0; i < count; ++i) best = Vec::larger(sums[p + i][b], best);
        if (row.relu) best = Vec::larger(Vec::zero(), best);
        if (row.relu6) best = Vec::smaller(Vec::broadcast(&kRelu6Limit), best);
        Vec::store_first(out, best, lanes);
      }
      p += count;
      window.done += count;
      if (window.done == row.pool_w) {
        window.done = 0;
        window.out += row.channels;
      }
    }
  }
};

}  // namespace
}  // namespace stapes
