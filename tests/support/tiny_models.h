// SPDX-License-Identifier: Apache-2.0
// tiny_models.h: small packed models of the three routes, shaped like ACDNet, with random but fixed constants.
//
//   input 1 x 200 -> conv1 1x9 /2 (3) -> conv2 1x5 /2, pool 1x4 (5) -> transpose -> conv3 3x3 pad 1, pool 2x2 (34)
//   -> conv4 1x1 (4) -> average pool 2x5 -> head (2)
//
// With groups: conv2 has 2, conv3 is followed by a depthwise 3x3, and conv4 has 2.
// Padded: the end padding differs, and a separate max-pool 3x3 /2 follows conv3 instead of the fused one.
// Waves: one, three or four convolutions before the transpose.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/sparse_rows.h"
#include "support/tiny_model_parts.h"
#include "support/tiny_residual_models.h"

namespace stapes::test {

struct TinyLayer {
  const char* name;
  fb::Window window;
  int channels;
  int out_h, out_w;  // after the pool
  int groups = 1;
  std::optional<fb::EndPads> end_pads = {};
  bool max_pool_after = false;

  template <class Op>
  void set_geometry(Op& op) const {
    op.window = std::make_unique<fb::Window>(window);
    op.groups = groups;
    if (end_pads) op.end_pads = std::make_unique<fb::EndPads>(*end_pads);
  }
};
using TinyLayers = std::vector<TinyLayer>;

inline const TinyLayers& tiny_convs() {
  static const TinyLayers convs = {
      {"conv1", fb::Window(1, 9, 1, 2, 0, 0, 1, 1), 3, 1, 96},
      {"conv2", fb::Window(1, 5, 1, 2, 0, 0, 1, 4), 5, 1, 11},
      {"conv3", fb::Window(3, 3, 1, 1, 1, 1, 2, 2), 34, 2, 5},
      {"conv4", fb::Window(1, 1, 1, 1, 0, 0, 1, 1), 4, 2, 5},
  };
  return convs;
}

inline const TinyLayers& tiny_grouped_convs() {
  static const TinyLayers convs = {
      {"conv1", fb::Window(1, 9, 1, 2, 0, 0, 1, 1), 4, 1, 96},
      {"conv2", fb::Window(1, 5, 1, 2, 0, 0, 1, 4), 4, 1, 11, 2},
      {"conv3", fb::Window(3, 3, 1, 1, 1, 1, 1, 1), 34, 4, 11},
      {"conv3d", fb::Window(3, 3, 1, 1, 1, 1, 2, 2), 34, 2, 5, 34},
      {"conv4", fb::Window(1, 1, 1, 1, 0, 0, 1, 1), 4, 2, 5, 2},
  };
  return convs;
}

inline const TinyLayers& tiny_padded_convs() {
  static const TinyLayers convs = {
      {"conv1", fb::Window(1, 9, 1, 2, 0, 3, 1, 1), 3, 1, 100, 1, fb::EndPads(0, 4)},
      {"conv2", fb::Window(1, 5, 1, 2, 0, 1, 1, 4), 5, 1, 12, 1, fb::EndPads(0, 2)},
      {"conv3", fb::Window(3, 3, 1, 1, 0, 1, 1, 1), 34, 5, 12, 1, fb::EndPads(2, 1), true},
      {"conv4", fb::Window(1, 1, 1, 1, 0, 0, 1, 1), 4, 2, 6},
  };
  return convs;
}

// Before the transpose: one convolution; three, with a pool in an inner one; or four. Of the four, the first three
// alone would compute too much twice. Each set outputs 10 columns of 5 channels, one every 18 samples.
inline TinyLayers tiny_waves(int count) {
  TinyLayers convs;
  if (count == 1) {
    convs = {{"wave1", fb::Window(1, 13, 1, 3, 0, 0, 1, 6), 5, 1, 10}};
  } else if (count == 3) {
    convs = {{"wave1", fb::Window(1, 7, 1, 3, 0, 0, 1, 1), 3, 1, 65},
             {"wave2", fb::Window(1, 3, 1, 1, 0, 0, 1, 2), 4, 1, 31},
             {"wave3", fb::Window(1, 2, 1, 1, 0, 0, 1, 3), 5, 1, 10}};
  } else {
    convs = {{"wave1", fb::Window(1, 5, 1, 1, 0, 0, 1, 1), 3, 1, 196},
             {"wave2", fb::Window(1, 3, 1, 3, 0, 0, 1, 1), 4, 1, 65},
             {"wave3", fb::Window(1, 3, 1, 1, 0, 0, 1, 2), 4, 1, 31},
             {"wave4", fb::Window(1, 1, 1, 1, 0, 0, 1, 3), 5, 1, 10}};
  }
  convs.insert(convs.end(), tiny_convs().begin() + 2, tiny_convs().end());
  return convs;
}

inline std::int64_t tiny_taps(const TinyLayer& conv, const fb::ModelT& model) {
  return std::int64_t{conv.window.kernel_h()} * conv.window.kernel_w() * (model.tensors.back()->channels / conv.groups);
}

// The transpose comes before the first convolution with a kernel of several rows.
inline bool needs_tiny_transpose(const TinyLayer& conv, const fb::ModelT& model) {
  return conv.window.kernel_h() > 1 && model.tensors.back()->height == 1;
}
inline void add_tiny_transpose(fb::ModelT& model) {
  const fb::TensorT before = *model.tensors.back();
  add_tensor(model, before.dtype, before.channels, before.width, 1, before.scale, before.zero_point);
  add_layer(model, "swap", fb::TransposeT());
}

// 3x3 with stride 2 and one more row and column of padding at the end, like TFLite's "same" on even sizes.
inline void add_tiny_max_pool(fb::ModelT& model) {
  const fb::TensorT before = *model.tensors.back();
  fb::MaxPoolT op;
  op.window = std::make_unique<fb::Window>(3, 3, 2, 2, 0, 0, 1, 1);
  op.end_pads = std::make_unique<fb::EndPads>(1, 1);
  add_tensor(model, before.dtype, (before.height - 2) / 2 + 1, (before.width - 2) / 2 + 1, before.channels,
             before.scale, before.zero_point);
  add_layer(model, "maxpool", std::move(op));
}

inline fb::AveragePoolT tiny_pool() {
  fb::AveragePoolT pool;
  pool.pool_h = 2;
  pool.pool_w = 5;
  return pool;
}

inline fb::ModelT tiny_fp32(std::uint64_t seed = 1, const TinyLayers& convs = tiny_convs()) {
  TinyRandom random(seed);
  fb::ModelT model = tiny_model_start("fp32");
  add_tensor(model, fb::DType::kF32, 1, kTinySamples, 1);
  for (const TinyLayer& conv : convs) {
    if (needs_tiny_transpose(conv, model)) add_tiny_transpose(model);
    fb::ConvF32T op;
    conv.set_geometry(op);
    op.weights = random.floats(conv.channels * tiny_taps(conv, model), 1.0);
    op.bias = random.floats(conv.channels, 0.2);
    op.relu = true;
    add_tensor(model, fb::DType::kF32, conv.out_h, conv.out_w, conv.channels);
    add_layer(model, conv.name, std::move(op));
    if (conv.max_pool_after) add_tiny_max_pool(model);
  }
  add_tensor(model, fb::DType::kF32, 1, 1, 4);
  add_layer(model, "pool", tiny_pool());
  fb::LinearF32T head;
  head.weights = random.floats(8, 1.0);
  head.bias = random.floats(2, 0.5);
  add_tensor(model, fb::DType::kF32, 1, 1, 2);
  add_layer(model, "head", std::move(head));
  return model;
}

inline fb::ModelT tiny_int8(std::uint64_t seed = 2, const TinyLayers& convs = tiny_convs()) {
  TinyRandom random(seed);
  fb::ModelT model = tiny_model_start("int8");
  add_tensor(model, fb::DType::kI16, 1, kTinySamples, 1, 1.0f / 32768);
  for (const TinyLayer& conv : convs) {
    if (needs_tiny_transpose(conv, model)) add_tiny_transpose(model);
    const bool first = model.layers.empty();
    const std::int64_t taps = tiny_taps(conv, model);
    fb::ConvI8T op;
    conv.set_geometry(op);
    op.weights = random.integers<std::int8_t>(conv.channels * taps, -127, 127);
    op.bias = random.integers<std::int32_t>(conv.channels, -2000, 2000);
    set_tiny_rescale(op, taps, first ? 8000 : 40, random);
    op.minimum = -128;
    op.maximum = 127;
    add_tensor(model, fb::DType::kI8, conv.out_h, conv.out_w, conv.channels, 0.05f, -128);
    add_layer(model, conv.name, std::move(op));
    if (conv.max_pool_after) add_tiny_max_pool(model);
  }
  add_tensor(model, fb::DType::kI8, 1, 1, 4, 0.05f, -128);
  add_layer(model, "pool", tiny_pool());
  fb::LinearI8T head;
  head.weights = random.integers<std::int8_t>(8, -127, 127);
  head.bias = random.integers<std::int32_t>(2, -5000, 5000);
  add_tensor(model, fb::DType::kI32, 1, 1, 2, 0.0005f);
  add_layer(model, "head", std::move(head));
  return model;
}

// Like tiny_int8(), with a kI8 wave.
inline fb::ModelT tiny_int8_input() {
  fb::ModelT model = tiny_int8();
  fb::TensorT& wave = *model.tensors.front();
  wave.dtype = fb::DType::kI8;
  wave.scale = 1.0f / 100;
  wave.zero_point = 3;
  for (std::int32_t& shift : model.layers.front()->op.AsConvI8()->shift) shift += 7;  // inputs are 256 times smaller
  return model;
}

// Features, a depthwise convolution with partly filled blocks of channels, and a hidden linear layer as a convolution
// of one position. With `stride` 2, the end padding differs.
inline fb::ModelT tiny_depthwise(int stride, std::uint64_t seed = 15) {
  TinyRandom random(seed);
  constexpr int kHeight = 8, kWidth = 6, kChannels = 10, kHidden = 7;
  fb::ModelT model = tiny_model_start("int8");
  model.features = true;
  model.sample_rate_hz = 0;
  model.window_samples = kHeight * kWidth * kChannels;
  add_tensor(model, fb::DType::kI8, kHeight, kWidth, kChannels, 0.02f, 9);
  fb::ConvI8T op;
  const int pad = stride == 1 ? 1 : 0;
  op.window = std::make_unique<fb::Window>(3, 3, stride, stride, pad, pad, 1, 1);
  if (stride > 1) op.end_pads = std::make_unique<fb::EndPads>(1, 1);
  op.groups = kChannels;
  op.weights = random.integers<std::int8_t>(kChannels * 9, -127, 127);
  op.bias = random.integers<std::int32_t>(kChannels, -2000, 2000);
  set_tiny_rescale(op, 9, 60, random);
  op.minimum = stride == 1 ? -128 : -50;
  op.maximum = stride == 1 ? 127 : 90;
  add_tensor(model, fb::DType::kI8, kHeight / stride, kWidth / stride, kChannels, 0.05f, -50);
  add_layer(model, "depthwise", std::move(op));
  fb::AveragePoolT pool;
  pool.pool_h = kHeight / stride;
  pool.pool_w = kWidth / stride;
  add_tensor(model, fb::DType::kI8, 1, 1, kChannels, 0.05f, -50);
  add_layer(model, "pool", std::move(pool));
  fb::ConvI8T dense;
  dense.window = std::make_unique<fb::Window>(1, 1, 1, 1, 0, 0, 1, 1);
  dense.weights = random.integers<std::int8_t>(kHidden * kChannels, -127, 127);
  dense.bias = random.integers<std::int32_t>(kHidden, -2000, 2000);
  set_tiny_rescale(dense, kChannels, 60, random);
  dense.minimum = -128;
  dense.maximum = 127;
  add_tensor(model, fb::DType::kI8, 1, 1, kHidden, 0.05f, -3);
  add_layer(model, "dense", std::move(dense));
  fb::LinearI8T head;
  head.weights = random.integers<std::int8_t>(2 * kHidden, -127, 127);
  head.bias = random.integers<std::int32_t>(2, -5000, 5000);
  add_tensor(model, fb::DType::kI32, 1, 1, 2, 0.0005f);
  add_layer(model, "head", std::move(head));
  return model;
}

// The head outputs int8 logits. Softmax or logistic follows.
inline fb::ModelT tiny_probabilities(bool softmax, std::uint64_t seed = 14) {
  TinyRandom random(seed);
  fb::ModelT model = tiny_int8(seed);
  fb::LinearI8T& head = *model.layers.back()->op.AsLinearI8();
  head.multiplier = random.integers<std::int32_t>(2, 1 << 30, 2147483646);
  head.shift = {-7, -6};
  head.minimum = -128;
  head.maximum = 127;
  fb::TensorT& logits = *model.tensors.back();
  logits.dtype = fb::DType::kI8;
  logits.scale = 0.04f;
  logits.zero_point = 5;
  add_tensor(model, fb::DType::kI8, 1, 1, 2, 1.0f / 256, -128);
  // The parameters of scale 0.04 (kernels/softmax/softmax_params.h).
  if (softmax) {
    fb::SoftmaxT op;
    op.multiplier = 1374389504;
    op.shift = 22;
    op.diff_min = -255;
    add_layer(model, "softmax", std::move(op));
  } else {
    fb::LogisticT op;
    op.multiplier = 1374389504;
    op.shift = 23;
    op.range_radius = 240;
    add_layer(model, "logistic", std::move(op));
  }
  return model;
}

inline fb::ModelT tiny_rounded_once() {
  fb::ModelT model = tiny_probabilities(true);
  model.layers.pop_back();
  model.tensors.pop_back();
  const fb::LinearI8T twice = *model.layers.back()->op.AsLinearI8();
  fb::LinearI8OnceT once;
  once.weights = twice.weights;
  once.bias = twice.bias;
  once.multiplier = twice.multiplier;
  once.shift = twice.shift;
  once.minimum = twice.minimum;
  once.maximum = twice.maximum;
  model.layers.back()->op.Set(std::move(once));
  return model;
}

inline fb::ModelT tiny_softmax_fp32() {
  fb::ModelT model = tiny_fp32();
  add_tensor(model, fb::DType::kF32, 1, 1, 2);
  add_layer(model, "softmax", fb::SoftmaxT{});
  return model;
}

// As in imported models: a reshape, overlapping windows that reach into the padding, and a mean with its own scale
// (int8) or a logistic before the softmax (float).
inline fb::ModelT tiny_pools(bool int8) {
  fb::ModelT model = tiny_model_start(int8 ? "int8" : "fp32");
  const fb::DType dtype = int8 ? fb::DType::kI8 : fb::DType::kF32;
  const float scale = int8 ? 0.008f : 1;
  add_tensor(model, dtype, 1, kTinySamples, 1, scale);
  add_tensor(model, dtype, 20, 5, 2, scale);
  add_layer(model, "reshape", fb::ReshapeT{});
  fb::AveragePoolT windows;
  windows.window = std::make_unique<fb::Window>(3, 2, 2, 1, 1, 0, 1, 1);
  windows.end_pads = std::make_unique<fb::EndPads>(0, 1);
  add_tensor(model, dtype, 10, 5, 2, scale);
  add_layer(model, "windows", std::move(windows));
  add_tensor(model, dtype, 1, 1, 2, int8 ? 0.0004f : 1, int8 ? 5 : 0);
  if (int8) {
    fb::MeanT mean;
    mean.pool_h = 10;
    mean.pool_w = 5;
    mean.multiplier = 858993459;  // 20 / 50 * 2^31 (kernels/mean/mean_params.h)
    mean.shift = 0;
    add_layer(model, "mean", std::move(mean));
  } else {
    fb::AveragePoolT mean;
    mean.pool_h = 10;
    mean.pool_w = 5;
    add_layer(model, "mean", std::move(mean));
    add_tensor(model, dtype, 1, 1, 2);
    add_layer(model, "logistic", fb::LogisticT{});
  }
  add_tensor(model, dtype, 1, 1, 2, int8 ? 1.0f / 256 : 1, int8 ? -128 : 0);
  fb::SoftmaxT softmax;
  if (int8) {  // the parameters of scale 0.04 (kernels/softmax/softmax_params.h)
    softmax.multiplier = 1374389504;
    softmax.shift = 22;
    softmax.diff_min = -255;
  }
  add_layer(model, "softmax", std::move(softmax));
  return model;
}

// conv1 (i16 -> i8), conv3 (i8 -> f32), conv4 (f32 -> i8) and the head are in float.
inline fb::ModelT tiny_kept(std::uint64_t seed = 6) {
  TinyRandom random(seed);
  fb::ModelT model = tiny_int8(seed);
  for (const auto& layer : model.layers) {
    fb::TensorT& out = *model.tensors[static_cast<std::size_t>(layer->output)];
    if (layer->name == "conv3" || layer->name == "head") {
      out.dtype = fb::DType::kF32;
      out.scale = 1;
      out.zero_point = 0;
    }
    if (layer->name == "conv1" || layer->name == "conv3" || layer->name == "conv4") {
      const fb::ConvI8T& rounded = *layer->op.AsConvI8();
      fb::ConvF32T op;
      op.window = std::make_unique<fb::Window>(*rounded.window);
      op.weights = random.floats(static_cast<std::int64_t>(rounded.weights.size()), layer->name == "conv1" ? 2 : 0.3);
      op.bias = random.floats(static_cast<std::int64_t>(rounded.bias.size()), 0.1);
      op.relu = true;
      layer->op.Set(std::move(op));
    } else if (layer->name == "head") {
      fb::LinearF32T op;
      op.weights = random.floats(8, 0.5);
      op.bias = random.floats(2, 0.5);
      layer->op.Set(std::move(op));
    }
  }
  return model;
}

// Three of four weights are 0. conv1 (from i16) and conv3 are stored sparse.
inline fb::ModelT tiny_sparse(std::uint64_t seed = 7) {
  TinyRandom random(seed);
  fb::ModelT model = tiny_int8(seed);
  for (const auto& layer : model.layers) {
    fb::ConvI8T* op = layer->op.AsConvI8();
    if (op == nullptr) continue;
    const auto kept = random.integers<std::int8_t>(static_cast<std::int64_t>(op->weights.size()), 0, 3);
    for (std::size_t i = 0; i < kept.size(); ++i) op->weights[i] = kept[i] == 0 ? op->weights[i] : std::int8_t{0};
    if (layer->name != "conv1" && layer->name != "conv3") continue;
    op->sparse = sparse_rows(op->weights, layer->name == "conv1" ? 9 : 3);
    op->weights.clear();
  }
  return model;
}

inline fb::ModelT tiny_xnor(std::uint64_t seed = 3, const TinyLayers& convs = tiny_convs()) {
  TinyRandom random(seed);
  fb::ModelT model = tiny_model_start("xnor");
  add_tensor(model, fb::DType::kI16, 1, kTinySamples, 1, 1.0f / 32768);
  for (const TinyLayer& conv : convs) {
    if (needs_tiny_transpose(conv, model)) add_tiny_transpose(model);
    const bool first = model.layers.empty(), last = &conv == &convs.back();
    const std::int64_t taps = tiny_taps(conv, model);
    add_tensor(model, last ? fb::DType::kI16 : fb::DType::kBits, conv.out_h, conv.out_w, conv.channels);
    if (first) {
      fb::ConvPcmT op;
      conv.set_geometry(op);
      op.weights = random.integers<std::int16_t>(conv.channels * taps, -7000, 7000);
      op.thresholds = tiny_thresholds(random, conv.channels, 200'000'000);
      add_layer(model, conv.name, std::move(op));
    } else {
      fb::ConvBitsT op;
      conv.set_geometry(op);
      op.weights = random.bit_rows(conv.channels, taps);
      if (!last) op.thresholds = tiny_thresholds(random, conv.channels, 4);
      add_layer(model, conv.name, std::move(op));
    }
    if (conv.max_pool_after) add_tiny_max_pool(model);
  }
  add_tensor(model, fb::DType::kI32, 1, 1, 4);
  add_layer(model, "pool", tiny_pool());
  fb::LinearI16T head;
  head.weights = random.integers<std::int16_t>(8, -3000, 3000);
  head.bias = random.integers<std::int32_t>(2, -5000, 5000);
  add_tensor(model, fb::DType::kI32, 1, 1, 2, 1e-5f);
  add_layer(model, "head", std::move(head));
  return model;
}

// A binary model whose first two and last convolutions have 8-bit weights: i16 -> i16, i16 -> bits, bits -> i16 sums,
// i16 -> i16.
inline fb::ModelT tiny_mixed(std::uint64_t seed = 4, const TinyLayers& convs = tiny_convs()) {
  TinyRandom random(seed);
  fb::ModelT model = tiny_xnor(seed, convs);
  int channels = 1;
  for (const auto& layer : model.layers) {
    if (layer->name == "conv3") layer->op.AsConvBits()->thresholds = nullptr;
    fb::TensorT& out = *model.tensors[static_cast<std::size_t>(layer->output)];
    const bool first = layer == model.layers[0];
    const bool eight_bit = first || layer == model.layers[1] || layer->name == "conv4";
    if (first || layer->name == "conv3" || layer->name == "conv4") out.dtype = fb::DType::kI16;
    if (eight_bit) {
      const fb::Window window = first ? *layer->op.AsConvPcm()->window : *layer->op.AsConvBits()->window;
      const std::int64_t taps = std::int64_t{window.kernel_h()} * window.kernel_w() * channels;
      fb::ConvI8T op;
      op.window = std::make_unique<fb::Window>(window);
      op.weights = random.integers<std::int8_t>(out.channels * taps, -127, 127);
      if (out.dtype == fb::DType::kBits) {
        op.thresholds = tiny_thresholds(random, out.channels, 200'000);
      } else {
        op.bias = random.integers<std::int32_t>(out.channels, -2000, 2000);
        op.multiplier = random.integers<std::int32_t>(out.channels, 1 << 30, 2147483646);
        op.shift.assign(static_cast<std::size_t>(out.channels), first ? -7 : 0);
        op.maximum = first ? 20000 : 1500;
      }
      layer->op.Set(std::move(op));
    }
    channels = layer->name == "swap" ? 1 : out.channels;
  }
  return model;
}

// Detects class 0 if its mean reaches 0.75, class 1 if it reaches 0.5.
inline fb::ModelT tiny_detector() {
  fb::ModelT model = tiny_int8();
  model.detector = std::make_unique<fb::DetectorT>();
  model.detector->hop_samples = 48;  // three columns
  model.detector->average_samples = 100;
  model.detector->minimum_windows = 2;
  model.detector->refractory_samples = 150;
  model.detector->thresholds = {49152, 32768};
  model.detector->hysteresis = 6554;
  return model;
}

// "fp32", "int8", "int8_input", "kept", "sparse", "xnor", "mixed", "grouped_fp32", "grouped_int8", "grouped_xnor",
// "padded_fp32", "padded_int8", "padded_xnor", "softmax", "softmax_fp32", "logistic", "detector", "pools_fp32",
// "pools_int8", "rounded_once", "residual_fp32", "residual_int8", "residual_xnor". With 1, 3 or 4 convolutions before
// the transpose: "waves1_fp32" to "waves4_xnor" and "waves3_mixed".
inline fb::ModelT tiny_model(const std::string& name) {
  if (name.starts_with("waves")) {
    const TinyLayers convs = tiny_waves(name[5] - '0');
    return name.ends_with("fp32")    ? tiny_fp32(11, convs)
           : name.ends_with("int8")  ? tiny_int8(12, convs)
           : name.ends_with("mixed") ? tiny_mixed(14, convs)
                                     : tiny_xnor(13, convs);
  }
  if (name == "grouped_fp32") return tiny_fp32(8, tiny_grouped_convs());
  if (name == "grouped_int8") return tiny_int8(9, tiny_grouped_convs());
  if (name == "grouped_xnor") return tiny_xnor(10, tiny_grouped_convs());
  if (name == "padded_fp32") return tiny_fp32(11, tiny_padded_convs());
  if (name == "padded_int8") return tiny_int8(12, tiny_padded_convs());
  if (name == "padded_xnor") return tiny_xnor(13, tiny_padded_convs());
  if (name == "softmax" || name == "logistic") return tiny_probabilities(name == "softmax");
  if (name == "softmax_fp32") return tiny_softmax_fp32();
  if (name == "pools_fp32" || name == "pools_int8") return tiny_pools(name == "pools_int8");
  if (name == "rounded_once") return tiny_rounded_once();
  if (name == "detector") return tiny_detector();
  if (name == "residual_fp32") return tiny_residual_fp32();
  if (name == "residual_int8") return tiny_residual_int8();
  if (name == "residual_xnor") return tiny_residual_xnor();
  if (name == "fp32") return tiny_fp32();
  if (name == "int8") return tiny_int8();
  if (name == "kept") return tiny_kept();
  if (name == "sparse") return tiny_sparse();
  if (name == "int8_input") return tiny_int8_input();
  return name == "xnor" ? tiny_xnor() : tiny_mixed();
}

// Uniform noise in [-0.8, 0.8].
inline std::vector<float> tiny_wave(std::uint64_t seed, int samples = kTinySamples) {
  return TinyRandom(seed).floats(samples, 0.8);
}

inline std::vector<std::int16_t> tiny_pcm(std::uint64_t seed, int samples = kTinySamples) {
  return TinyRandom(seed).integers<std::int16_t>(samples, -25000, 25000);
}

}  // namespace stapes::test
