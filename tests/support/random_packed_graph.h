// SPDX-License-Identifier: Apache-2.0
// random_packed_graph.h: small packed int8 models of random shape on images: convolutions (grouped, depthwise,
// pointwise, strided, padded, pooled) and additions of equal shapes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "support/tiny_model_parts.h"

namespace stapes::test {

class RandomPackedGraph {
 public:
  explicit RandomPackedGraph(std::uint64_t seed) : random_(seed), rng_(seed, Philox::Purpose::kTest, 1) {}

  fb::ModelT build() {
    model_ = tiny_model_start("int8");
    model_.sample_rate_hz = 0;
    const int height = below(3) == 0 ? between(1, 3) : between(4, 24), width = between(1, 12), channels = between(1, 4);
    add_tensor(model_, fb::DType::kI16, height, width, channels, 1.0f / 32768);
    model_.window_samples = height * width * channels;
    const int layers = between(3, 14);
    for (int i = 0; i < layers; ++i) {
      if (i == 0 || below(4) != 0 || !addition()) convolution();
    }
    finish();
    return std::move(model_);
  }

 private:
  int below(int n) { return static_cast<int>(rng_.below(static_cast<std::uint32_t>(n))); }
  int between(int low, int high) { return low + below(high - low + 1); }
  const fb::TensorT& last() const { return *model_.tensors.back(); }

  // A window on `in` positions: kernel, stride, padding before, padding after, pool.
  struct Axis {
    int kernel, stride, pad, end_pad, pool, out;
  };
  Axis axis(int in) {
    while (true) {
      Axis a{between(1, 5), between(1, 3), 0, 0, below(4) == 0 ? 2 : 1, 0};
      a.pad = below(a.kernel);
      a.end_pad = below(a.kernel);
      a.out = conv_output(in, a.kernel, a.stride, a.pad, a.end_pad) / a.pool;
      if (a.out > 0 && (below(3) == 0 || 2 * a.out > in)) return a;
    }
  }
  Axis same(int in) { return {3, 1, 1, 1, 1, in}; }
  Axis point(int in) { return {1, 1, 0, 0, 1, in}; }

  void convolution() {
    const fb::TensorT in = last();
    const int kind = below(4);  // 0: any window, 1: same size, 2: pointwise, 3: depthwise
    const Axis h = kind == 0 || (kind == 3 && below(2) == 0) ? axis(in.height)
                   : kind == 2                               ? point(in.height)
                                                             : same(in.height);
    const Axis w = kind == 0 ? axis(in.width) : kind == 2 ? point(in.width) : same(in.width);
    const int groups = kind == 3 ? in.channels : 1;
    const int channels = kind == 3 || below(3) == 0 ? in.channels : between(1, 12);
    const std::int64_t taps = std::int64_t{h.kernel} * w.kernel * in.channels / groups;
    fb::ConvI8T op;
    op.window = std::make_unique<fb::Window>(h.kernel, w.kernel, h.stride, w.stride, h.pad, w.pad, h.pool, w.pool);
    op.end_pads = std::make_unique<fb::EndPads>(h.end_pad, w.end_pad);
    op.groups = groups;
    op.weights = random_.integers<std::int8_t>(channels * taps, -127, 127);
    op.bias = random_.integers<std::int32_t>(channels, -2000, 2000);
    set_tiny_rescale(op, taps, in.dtype == fb::DType::kI16 ? 8000 : 40, random_);
    op.minimum = -128;
    op.maximum = 127;
    add_tensor(model_, fb::DType::kI8, h.out, w.out, channels, 0.05f, between(-10, 10));
    add_layer(model_, "conv" + std::to_string(model_.layers.size()), std::move(op));
  }

  // Adds a random tensor of the same shape to the last one. Returns false if it adds nothing.
  bool addition() {
    const auto b = static_cast<std::int32_t>(model_.tensors.size()) - 1;
    std::vector<std::int32_t> fitting;
    for (std::int32_t a = 1; a <= b; ++a) {
      const fb::TensorT& t = *model_.tensors[static_cast<std::size_t>(a)];
      if (t.height == last().height && t.width == last().width && t.channels == last().channels) fitting.push_back(a);
    }
    const std::int32_t a = fitting[static_cast<std::size_t>(below(static_cast<int>(fitting.size())))];
    if (a == b && below(4) != 0) return false;
    fb::AddI8T op;
    op.multiplier_a = 1 << 30;
    op.multiplier_b = 1'200'000'000;
    op.multiplier = 1'700'000'000;
    op.shift = -19;
    op.minimum = -128;
    op.maximum = 127;
    const fb::TensorT shape = last();
    add_tensor(model_, fb::DType::kI8, shape.height, shape.width, shape.channels, 0.07f, -3);
    add_layer(model_, "add" + std::to_string(model_.layers.size()), std::move(op));
    model_.layers.back()->inputs = below(2) == 0 ? std::vector<std::int32_t>{a, b} : std::vector<std::int32_t>{b, a};
    return true;
  }

  void finish() {
    const fb::TensorT in = last();
    fb::AveragePoolT pool;
    pool.pool_h = in.height;
    pool.pool_w = in.width;
    add_tensor(model_, fb::DType::kI8, 1, 1, in.channels, in.scale, in.zero_point);
    add_layer(model_, "pool", std::move(pool));
    fb::LinearI8T head;
    head.weights = random_.integers<std::int8_t>(2 * in.channels, -127, 127);
    head.bias = random_.integers<std::int32_t>(2, -5000, 5000);
    add_tensor(model_, fb::DType::kI32, 1, 1, 2, 0.0005f);
    add_layer(model_, "head", std::move(head));
  }

  TinyRandom random_;
  Philox rng_;
  fb::ModelT model_;
};

// In plans for small cores, outputs of these graphs lie over inputs: a few rows per call, from below or above the
// input, and in an addition.
inline constexpr std::uint64_t kSeedsOverInputs[] = {94, 105};

}  // namespace stapes::test
