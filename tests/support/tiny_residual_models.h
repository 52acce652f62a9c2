// SPDX-License-Identifier: Apache-2.0
// tiny_residual_models.h: small packed models with branches, shaped like a residual network, with random but fixed
// constants. The window is an image.
//
//   input 10 x 10 x 2 -> stem 3x3 /2 pad 3 (34) -> 7 x 7
//   block1: conv1, conv2 3x3 pad 1 (34), + its input
//   block2: conv1 3x3 /2 pad 1, conv2 3x3 pad 1 (5) -> 4 x 4, + projection 1x1 /2 of its input
//   -> average pool 4 x 4 -> head (2)
#pragma once

#include <string>
#include <utility>

#include "support/tiny_model_parts.h"

namespace stapes::test {

inline constexpr int kTinyWide = 34, kTinyNarrow = 5;  // channels of the two stages

class TinyResidual {
 public:
  TinyResidual(const char* route, std::uint64_t seed, fb::DType input, float scale) : random(seed) {
    model = tiny_model_start(route);
    model.sample_rate_hz = 0;
    last = add_tensor(model, input, 10, 10, 2, scale);
  }

  // The layer outputs `height` x `height` x `channels` values of `dtype`.
  template <class Op>
  Op& add(const std::string& name, std::vector<std::int32_t> inputs, Op op, fb::DType dtype, int height, int channels,
          float scale = 1.0f, int zero_point = 0) {
    last = add_tensor(model, dtype, height, height, channels, scale, zero_point);
    Op& added = add_layer(model, name, std::move(op));
    model.layers.back()->inputs = std::move(inputs);
    return added;
  }

  std::int64_t taps(std::int32_t input, const fb::Window& window) const {
    const int channels = model.tensors[static_cast<std::size_t>(input)]->channels;
    return std::int64_t{window.kernel_h()} * window.kernel_w() * channels;
  }

  TinyRandom random;
  fb::ModelT model;
  std::int32_t last = 0;  // the last tensor added
};

struct TinyResidualConv {
  std::string name;
  fb::Window window;
  int channels, height;
  bool relu;
};

// The graph above. conv(input, description) appends a convolution, add(a, b, name) an addition. Both return the new
// tensor.
template <class Conv, class Add>
std::int32_t tiny_residual_body(const Conv& conv, const Add& add) {
  const fb::Window same(3, 3, 1, 1, 1, 1, 1, 1), half(3, 3, 2, 2, 1, 1, 1, 1), project(1, 1, 2, 2, 0, 0, 1, 1);
  const std::int32_t stem = conv(0, {"stem", fb::Window(3, 3, 2, 2, 3, 3, 1, 1), kTinyWide, 7, true});
  std::int32_t x = conv(stem, {"block1conv1", same, kTinyWide, 7, true});
  x = conv(x, {"block1conv2", same, kTinyWide, 7, false});
  const std::int32_t one = add(x, stem, "block1add");
  x = conv(one, {"block2conv1", half, kTinyNarrow, 4, true});
  x = conv(x, {"block2conv2", same, kTinyNarrow, 4, false});
  const std::int32_t projected = conv(one, {"block2projection", project, kTinyNarrow, 4, false});
  return add(x, projected, "block2add");
}

inline fb::AveragePoolT tiny_residual_pool() {
  fb::AveragePoolT pool;
  pool.pool_h = pool.pool_w = 4;
  return pool;
}

inline fb::ModelT tiny_residual_fp32() {
  TinyResidual r("fp32", 11, fb::DType::kF32, 1);
  const auto conv = [&](std::int32_t input, const TinyResidualConv& c) {
    fb::ConvF32T op;
    op.window = std::make_unique<fb::Window>(c.window);
    op.weights = r.random.floats(c.channels * r.taps(input, c.window), 0.3);
    op.bias = r.random.floats(c.channels, 0.2);
    op.relu = c.relu;
    r.add(c.name, {input}, std::move(op), fb::DType::kF32, c.height, c.channels);
    return r.last;
  };
  const auto add = [&](std::int32_t a, std::int32_t b, const char* name) {
    const fb::TensorT shape = *r.model.tensors[static_cast<std::size_t>(a)];
    fb::AddF32T op;
    op.relu = true;
    r.add(name, {a, b}, std::move(op), fb::DType::kF32, shape.height, shape.channels);
    return r.last;
  };
  tiny_residual_body(conv, add);
  r.add("pool", {r.last}, tiny_residual_pool(), fb::DType::kF32, 1, kTinyNarrow);
  fb::LinearF32T head;
  head.weights = r.random.floats(2 * kTinyNarrow, 1.0);
  head.bias = r.random.floats(2, 0.5);
  r.add("head", {r.last}, std::move(head), fb::DType::kF32, 1, 2);
  return std::move(r.model);
}

inline fb::ModelT tiny_residual_int8() {
  TinyResidual r("int8", 12, fb::DType::kI16, 1.0f / 32768);
  const auto conv = [&](std::int32_t input, const TinyResidualConv& c) {
    const std::int64_t taps = r.taps(input, c.window);
    const bool stem = input == 0;
    fb::ConvI8T op;
    op.window = std::make_unique<fb::Window>(c.window);
    op.weights = r.random.integers<std::int8_t>(c.channels * taps, -127, 127);
    op.bias = r.random.integers<std::int32_t>(c.channels, -2000, 2000);
    set_tiny_rescale(op, taps, stem ? 8000 : 40, r.random);
    op.minimum = -128;
    op.maximum = 127;
    r.add(c.name, {input}, std::move(op), fb::DType::kI8, c.height, c.channels, 0.05f, c.relu ? -128 : 5);
    return r.last;
  };
  const auto add = [&](std::int32_t a, std::int32_t b, const char* name) {
    const fb::TensorT shape = *r.model.tensors[static_cast<std::size_t>(a)];
    fb::AddI8T op;
    op.multiplier_a = 1 << 30;  // times 1/2; b: times 0.56
    op.multiplier_b = 1'200'000'000;
    op.multiplier = 1'700'000'000;
    op.shift = -19;
    op.minimum = -128;
    op.maximum = 127;
    r.add(name, {a, b}, std::move(op), fb::DType::kI8, shape.height, shape.channels, 0.07f, -128);
    return r.last;
  };
  tiny_residual_body(conv, add);
  r.add("pool", {r.last}, tiny_residual_pool(), fb::DType::kI8, 1, kTinyNarrow, 0.07f, -128);
  fb::LinearI8T head;
  head.weights = r.random.integers<std::int8_t>(2 * kTinyNarrow, -127, 127);
  head.bias = r.random.integers<std::int32_t>(2, -5000, 5000);
  r.add("head", {r.last}, std::move(head), fb::DType::kI32, 1, 2, 0.0005f);
  return std::move(r.model);
}

// The stem outputs 16 bits, the residual stream has 32. Each first convolution and projection has its own thresholds.
inline fb::ModelT tiny_residual_xnor() {
  TinyResidual r("xnor", 13, fb::DType::kI16, 1.0f / 32768);
  const auto stem = [&](const TinyResidualConv& c) {
    fb::ConvI8T op;
    op.window = std::make_unique<fb::Window>(c.window);
    op.weights = r.random.integers<std::int8_t>(c.channels * r.taps(0, c.window), -127, 127);
    op.bias = r.random.integers<std::int32_t>(c.channels, -2000, 2000);
    op.multiplier = r.random.integers<std::int32_t>(c.channels, 1 << 30, 2147483646);
    op.shift.assign(static_cast<std::size_t>(c.channels), -9);
    op.maximum = 8000;
    r.add(c.name, {0}, std::move(op), fb::DType::kI16, c.height, c.channels);
    return r.last;
  };
  const auto decided = [&](std::int32_t input, const std::string& name) {
    const fb::TensorT from = *r.model.tensors[static_cast<std::size_t>(input)];
    if (from.dtype == fb::DType::kBits) return input;
    fb::ThresholdT op;
    op.thresholds = tiny_thresholds(r.random, from.channels, from.dtype == fb::DType::kI16 ? 5000 : 300'000);
    r.add(name + "sign", {input}, std::move(op), fb::DType::kBits, from.height, from.channels);
    return r.last;
  };
  const auto conv = [&](std::int32_t input, const TinyResidualConv& c) {
    if (input == 0) return stem(c);
    const std::int32_t bits = decided(input, c.name);
    fb::ConvBitsT op;
    op.window = std::make_unique<fb::Window>(c.window);
    op.weights = r.random.bit_rows(c.channels, r.taps(bits, c.window));
    if (c.relu) op.thresholds = tiny_thresholds(r.random, c.channels, 8);
    op.signed_sums = !c.relu;
    r.add(c.name, {bits}, std::move(op), c.relu ? fb::DType::kBits : fb::DType::kI16, c.height, c.channels);
    return r.last;
  };
  const auto add = [&](std::int32_t a, std::int32_t b, const char* name) {
    const fb::TensorT shape = *r.model.tensors[static_cast<std::size_t>(a)];
    fb::AddI32T op;
    op.multiplier_a = r.random.integers<std::int32_t>(shape.channels, -20000, 20000);
    op.multiplier_b = r.random.integers<std::int32_t>(shape.channels, 1, 1000);
    op.relu = true;
    r.add(name, {a, b}, std::move(op), fb::DType::kI32, shape.height, shape.channels);
    return r.last;
  };
  tiny_residual_body(conv, add);
  fb::AveragePoolT pool = tiny_residual_pool();
  pool.shift = 12;
  r.add("pool", {r.last}, std::move(pool), fb::DType::kI32, 1, kTinyNarrow);
  fb::LinearI16T head;
  head.weights = r.random.integers<std::int16_t>(2 * kTinyNarrow, -3000, 3000);
  head.bias = r.random.integers<std::int32_t>(2, -5000, 5000);
  r.add("head", {r.last}, std::move(head), fb::DType::kI32, 1, 2, 1e-5f);
  return std::move(r.model);
}

}  // namespace stapes::test
