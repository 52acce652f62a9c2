// SPDX-License-Identifier: Apache-2.0
// exports.h: exports of small models.
#pragma once

#include <filesystem>
#include <string>

#include "export/export_model.h"
#include "packed/writer.h"
#include "support/acdnet_models.h"

namespace stapes::test {

inline ModelFile model_file(const fb::ModelT& model) { return ModelFile(serialize_model(model), "model"); }

inline ExportedFolder exported(const fb::ModelT& model, const std::string& target = "host",
                               const std::string& name = "net") {
  return export_model(model_file(model), find_target(target), name);
}

// ACDNet's layers: small, but wide enough at conv4 for a band to pay off.
inline fb::ModelT small_acdnet(const char* route) {
  constexpr AcdnetWidths kWidths = {3, 16, 4, 32, 8, 7, 8, 9, 10, 33, 12, 5};
  return acdnet_model(route, kWidths, 5, 8000, 8000);
}

// One padded convolution, then the head. Without a front end, the model cannot be streamed.
inline fb::ModelT model_without_front_end() {
  TinyRandom random(11);
  fb::ModelT model = tiny_model_start("int8");
  add_tensor(model, fb::DType::kI16, 1, kTinySamples, 1, 1.0f / 32768);
  fb::ConvI8T conv;
  conv.window = std::make_unique<fb::Window>(1, 9, 1, 2, 0, 4, 1, 4);
  conv.weights = random.integers<std::int8_t>(4 * 9, -127, 127);
  conv.bias = random.integers<std::int32_t>(4, -2000, 2000);
  set_tiny_rescale(conv, 9, 8000, random);
  conv.minimum = -128;
  conv.maximum = 127;
  add_tensor(model, fb::DType::kI8, 1, 25, 4, 0.05f, -128);
  add_layer(model, "conv1", std::move(conv));
  fb::AveragePoolT pool;
  pool.pool_h = 1;
  pool.pool_w = 25;
  add_tensor(model, fb::DType::kI8, 1, 1, 4, 0.05f, -128);
  add_layer(model, "pool", std::move(pool));
  fb::LinearI8T head;
  head.weights = random.integers<std::int8_t>(8, -127, 127);
  head.bias = random.integers<std::int32_t>(2, -5000, 5000);
  add_tensor(model, fb::DType::kI32, 1, 1, 2, 0.0005f);
  add_layer(model, "head", std::move(head));
  return model;
}

}  // namespace stapes::test
