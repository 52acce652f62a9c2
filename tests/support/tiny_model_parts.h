// SPDX-License-Identifier: Apache-2.0
// tiny_model_parts.h: building blocks of small packed test models.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/philox.h"
#include "packed/shapes.h"

namespace stapes::test {

inline constexpr int kTinySamples = 200;

inline std::int32_t add_tensor(fb::ModelT& model, fb::DType dtype, int height, int width, int channels,
                               float scale = 1.0f, int zero_point = 0) {
  auto tensor = std::make_unique<fb::TensorT>();
  tensor->dtype = dtype;
  tensor->height = height;
  tensor->width = width;
  tensor->channels = channels;
  tensor->scale = scale;
  tensor->zero_point = zero_point;
  model.tensors.push_back(std::move(tensor));
  return static_cast<std::int32_t>(model.tensors.size()) - 1;
}

// The layer reads the second-to-last tensor and outputs the last.
template <class Op>
Op& add_layer(fb::ModelT& model, const std::string& name, Op op) {
  auto layer = std::make_unique<fb::LayerT>();
  layer->name = name;
  layer->output = static_cast<std::int32_t>(model.tensors.size()) - 1;
  layer->inputs = {layer->output - 1};
  layer->op.Set(std::move(op));
  Op& added = *static_cast<Op*>(layer->op.value);
  model.layers.push_back(std::move(layer));
  return added;
}

class TinyRandom {
 public:
  explicit TinyRandom(std::uint64_t seed) : rng_(seed, Philox::Purpose::kTest) {}

  template <class T>
  std::vector<T> integers(std::int64_t count, int low, int high) {
    std::vector<T> values(static_cast<std::size_t>(count));
    for (T& v : values)
      v = static_cast<T>(low + static_cast<int>(rng_.below(static_cast<std::uint32_t>(high - low + 1))));
    return values;
  }
  std::vector<float> floats(std::int64_t count, double spread) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& v : values) v = static_cast<float>(rng_.uniform(-spread, spread));
    return values;
  }
  // Rows of `bits` random bits, each in whole words padded with zeros.
  std::vector<std::uint32_t> bit_rows(std::int64_t rows, std::int64_t bits) {
    const std::int64_t words = words_for(bits);
    std::vector<std::uint32_t> values(static_cast<std::size_t>(rows * words));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = rng_.next_u32();
      const bool last = (static_cast<std::int64_t>(i) + 1) % words == 0;
      if (last && bits % 32 != 0) values[i] &= (1u << (bits % 32)) - 1;
    }
    return values;
  }

 private:
  Philox rng_;
};

inline fb::ModelT tiny_model_start(const char* route) {
  fb::ModelT model;
  model.route = route;
  model.sample_rate_hz = 8000;
  model.window_samples = kTinySamples;
  model.labels = {"yes", "no"};
  model.provenance = R"({"tool":"tests"})";
  return model;
}

// Sums of about sqrt(taps) typical products fit int8.
inline void set_tiny_rescale(fb::ConvI8T& op, std::int64_t taps, double typical_input, TinyRandom& random) {
  const std::size_t channels = op.bias.size();
  op.multiplier = random.integers<std::int32_t>(static_cast<std::int64_t>(channels), 1 << 30, 2147483646);
  double spread = 60.0 * typical_input;
  for (std::int64_t n = taps; n > 1; n /= 4) spread *= 2;
  int shift = 0;
  for (; spread > 60; spread /= 2) --shift;
  op.shift.assign(channels, shift);
}

inline std::unique_ptr<fb::ThresholdsT> tiny_thresholds(TinyRandom& random, int channels, int spread) {
  auto thresholds = std::make_unique<fb::ThresholdsT>();
  thresholds->threshold = random.integers<std::int32_t>(channels, -spread, spread);
  thresholds->falling = random.integers<std::uint8_t>(channels, 0, 1);
  return thresholds;
}

}  // namespace stapes::test
