// SPDX-License-Identifier: Apache-2.0
// acdnet_models.h: packed models with ACDNet's shapes and arbitrary constants.
#pragma once

#include <array>
#include <optional>

#include "support/tiny_models.h"

namespace stapes::test {

using AcdnetWidths = std::array<int, 12>;
inline constexpr AcdnetWidths kAcdnetWidths = {8, 64, 32, 64, 64, 128, 128, 256, 256, 512, 512, 50};
inline constexpr AcdnetWidths kMicroWidths = {7, 20, 10, 14, 22, 31, 35, 41, 51, 67, 69, 48};
inline constexpr AcdnetWidths kAcdnet20Widths = {4, 32, 12, 12, 23, 18, 38, 43, 62, 58, 77, 37};

struct AcdnetConv {
  int channels;
  fb::Window window;
  std::optional<fb::EndPads> end_pads = {};
};

// Appends ACDNet's layers to a model. Shapes: arXiv:2103.03483, table 1.
class AcdnetBuilder {
 public:
  AcdnetBuilder(const char* route, int samples, int sample_rate_hz, int classes)
      : random_(9), model_(tiny_model_start(route)), classes_(classes), binary_(model_.route == "xnor") {
    model_.sample_rate_hz = sample_rate_hz;
    model_.window_samples = samples;
    model_.labels.clear();
    for (int i = 0; i < classes; ++i) model_.labels.push_back("class " + std::to_string(i));
    add_tensor(model_, model_.route == "fp32" ? fb::DType::kF32 : fb::DType::kI16, 1, samples, 1);
  }

  fb::ModelT build(const AcdnetWidths& widths) {
    front_end(widths[0], widths[1]);
    int next = 3;
    for (const int convs : {1, 2, 2, 2, 2}) {
      for (int i = 0; i < convs; ++i, ++next) {
        const auto& t = *model_.tensors.back();
        const bool pooled = i == convs - 1;
        conv(next, widths[static_cast<std::size_t>(next - 1)],
             {3, 3, 1, 1, 1, 1, pooled && t.height > 1 ? 2 : 1, pooled && t.width > 1 ? 2 : 1});
      }
    }
    conv(12, widths[11], {1, 1, 1, 1, 0, 0, 1, 1});
    finish();
    return std::move(model_);
  }

  // ACDNet's front end, a transpose to `height` rows, then `convs`.
  fb::ModelT build(int height, const std::vector<AcdnetConv>& convs) {
    front_end(3, height);
    for (std::size_t i = 0; i < convs.size(); ++i) {
      conv(i + 1 == convs.size() ? 12 : static_cast<int>(i) + 3, convs[i].channels, convs[i].window, convs[i].end_pads);
    }
    finish();
    return std::move(model_);
  }

 private:
  void front_end(int channels, int height) {
    const int column = model_.sample_rate_hz / 1000 * 10 / 4;
    conv(1, channels, {1, 9, 1, 2, 0, 0, 1, 1});
    conv(2, height, {1, 5, 1, 2, 0, 0, 1, column});
    add_tiny_transpose(model_);
  }

  void conv(int number, int channels, const fb::Window& w, const std::optional<fb::EndPads>& end_pads = {}) {
    const fb::TensorT in = *model_.tensors.back();
    const fb::EndPads end = end_pads.value_or(fb::EndPads(w.pad_h(), w.pad_w()));
    const int h = conv_output(in.height, w.kernel_h(), w.stride_h(), w.pad_h(), end.h()) / w.pool_h();
    const int v = conv_output(in.width, w.kernel_w(), w.stride_w(), w.pad_w(), end.w()) / w.pool_w();
    const std::string name = "conv" + std::to_string(number);
    const std::int64_t taps = std::int64_t{w.kernel_h()} * w.kernel_w() * in.channels;
    if (binary_) {
      binary_conv(name, channels, w, end, taps, h, v);
    } else if (model_.route == "int8") {
      fb::ConvI8T op;
      op.window = std::make_unique<fb::Window>(w);
      op.end_pads = std::make_unique<fb::EndPads>(end);
      op.weights = random_.integers<std::int8_t>(channels * taps, -127, 127);
      op.bias = random_.integers<std::int32_t>(channels, -2000, 2000);
      set_tiny_rescale(op, taps, number == 1 ? 8000 : 40, random_);
      op.minimum = -128;
      op.maximum = 127;
      add_tensor(model_, fb::DType::kI8, h, v, channels, 0.05f, -128);
      add_layer(model_, name, std::move(op));
    } else {
      fb::ConvF32T op;
      op.window = std::make_unique<fb::Window>(w);
      op.end_pads = std::make_unique<fb::EndPads>(end);
      op.weights = random_.floats(channels * taps, 0.1);
      op.bias = random_.floats(channels, 0.1);
      op.relu = true;
      add_tensor(model_, fb::DType::kF32, h, v, channels);
      add_layer(model_, name, std::move(op));
    }
  }

  void binary_conv(const std::string& name, int channels, const fb::Window& w, const fb::EndPads& end,
                   std::int64_t taps, int h, int v) {
    const bool last = name == "conv12";
    add_tensor(model_, last ? fb::DType::kI16 : fb::DType::kBits, h, v, channels);
    if (name == "conv1") {
      fb::ConvPcmT op;
      op.window = std::make_unique<fb::Window>(w);
      op.end_pads = std::make_unique<fb::EndPads>(end);
      op.weights = random_.integers<std::int16_t>(channels * taps, -7000, 7000);
      op.thresholds = tiny_thresholds(random_, channels, 20'000'000);
      add_layer(model_, name, std::move(op));
    } else {
      fb::ConvBitsT op;
      op.window = std::make_unique<fb::Window>(w);
      op.end_pads = std::make_unique<fb::EndPads>(end);
      op.weights = random_.bit_rows(channels, taps);
      if (!last) op.thresholds = tiny_thresholds(random_, channels, 10);
      add_layer(model_, name, std::move(op));
    }
  }

  void finish() {
    const fb::TensorT in = *model_.tensors.back();
    fb::AveragePoolT pool;
    pool.pool_h = in.height;
    pool.pool_w = in.width;
    add_tensor(model_, binary_ ? fb::DType::kI32 : in.dtype, 1, 1, in.channels, in.scale, in.zero_point);
    add_layer(model_, "pool", std::move(pool));
    const int inputs = in.channels;
    add_tensor(model_, model_.route == "fp32" ? fb::DType::kF32 : fb::DType::kI32, 1, 1, classes_, 0.001f);
    if (model_.route == "fp32") {
      add_layer(model_, "head",
                head<fb::LinearF32T>(random_.floats(classes_ * inputs, 0.1), random_.floats(classes_, 0.1)));
    } else if (binary_) {
      add_layer(model_, "head",
                head<fb::LinearI16T>(random_.integers<std::int16_t>(classes_ * inputs, -999, 999),
                                     random_.integers<std::int32_t>(classes_, -999, 999)));
    } else {
      add_layer(model_, "head",
                head<fb::LinearI8T>(random_.integers<std::int8_t>(classes_ * inputs, -127, 127),
                                    random_.integers<std::int32_t>(classes_, -999, 999)));
    }
  }

  template <class Op, class W, class B>
  static Op head(W weights, B bias) {
    Op op;
    op.weights = std::move(weights);
    op.bias = std::move(bias);
    return op;
  }

  TinyRandom random_;
  fb::ModelT model_;
  int classes_;
  bool binary_;
};

inline fb::ModelT acdnet_model(const char* route, const AcdnetWidths& widths, int classes, int samples = 30225,
                               int sample_rate_hz = 20000) {
  return AcdnetBuilder(route, samples, sample_rate_hz, classes).build(widths);
}

}  // namespace stapes::test
