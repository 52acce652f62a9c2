// SPDX-License-Identifier: Apache-2.0
#include "packed/check_model.h"

#include <array>
#include <cmath>
#include <string_view>

#include "packed/operators/operator.h"

namespace stapes {
namespace {

using fb::DType;

// Refuses control characters: printing a name must not control a terminal.
bool is_plain_text(const flatbuffers::String& text) {
  if (text.size() == 0 || text.size() > static_cast<std::size_t>(kMaxNameBytes)) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  }
  return true;
}

Finding check_tensor(const fb::Tensor& t) {
  if (t.dtype() > fb::DType::MAX) return unsupported("a tensor of unknown dtype");
  for (const std::int32_t dim : {t.height(), t.width(), t.channels()}) {
    if (dim < 1) return corrupt("a tensor dimension below 1");
    if (dim > kMaxDim) return unsupported("a tensor dimension above 2^20");
  }
  if (bounded_product(t.height(), t.width(), t.channels()) > kMaxElements) {
    return unsupported("a tensor of more than 2^27 elements");
  }
  if (!std::isfinite(t.scale()) || t.scale() <= 0) return corrupt("a tensor's scale is not a positive number");
  const bool zero_point_fits =
      t.dtype() == DType::kI8 ? t.zero_point() >= -128 && t.zero_point() <= 127 : t.zero_point() == 0;
  if (!zero_point_fits) return corrupt("a tensor's zero point is out of range");
  return {};
}

Finding check_heading(const fb::Model& model) {
  bool route_known = false;
  for (const std::string_view route : {"fp32", "xnor", "int8"}) {
    route_known = route_known || model.route()->string_view() == route;
  }
  if (!route_known) return unsupported("route is not fp32, xnor or int8");
  if (model.sample_rate_hz() < 0 || model.sample_rate_hz() > kMaxSampleRateHz) {
    return corrupt("sample rate out of range");
  }
  if (model.layers()->size() < 1) return corrupt("no layers");
  if (model.layers()->size() > static_cast<std::uint32_t>(kMaxLayers)) return unsupported("more than 96 layers");
  if (model.tensors()->size() != model.layers()->size() + 1) return corrupt("tensor count is not layers + 1");
  if (model.labels()->size() < 1 || model.labels()->size() > static_cast<std::uint32_t>(kMaxLabels)) {
    return corrupt("number of labels out of range");
  }
  for (const auto* label : *model.labels()) {
    if (!is_plain_text(*label)) return corrupt("a label is empty, too long or not plain text");
  }
  return {};
}

Finding check_input(const fb::Model& model) {
  const fb::Tensor& input = *model.tensors()->Get(0);
  const DType dtype = input.dtype();
  const bool known = dtype == DType::kF32 || dtype == DType::kI16 || dtype == DType::kI8;
  if (!known) return unsupported("input is not kF32, kI16 or kI8");
  if (model.features() && (dtype == DType::kI16 || model.sample_rate_hz() != 0)) {
    return corrupt("features must be kI8 or kF32 and have no sample rate");
  }
  if (element_count(input) != model.window_samples()) return corrupt("the input is not window_samples long");
  return {};
}

Finding check_scores(const fb::Model& model) {
  const fb::Tensor& scores = last_tensor(model);
  const bool known = scores.dtype() == DType::kF32 || scores.dtype() == DType::kI32 || scores.dtype() == DType::kI8;
  if (!known) return unsupported("scores are not kF32, kI32 or kI8");
  if (scores.height() != 1 || scores.width() != 1 ||
      static_cast<std::uint32_t>(scores.channels()) != model.labels()->size()) {
    return corrupt("expected one score per label");
  }
  return {};
}

Finding check_detector(const fb::Model& model) {
  const fb::Detector* d = model.detector();
  if (d == nullptr) return {};
  const std::int64_t labels = model.labels()->size();
  if (model.sample_rate_hz() == 0) return corrupt("a detector in a model that does not take sound");
  if (d->hop_samples() < 1) return corrupt("a detector's hop is below 1");
  if (d->average_samples() < 0 || d->refractory_samples() < 0)
    return corrupt("a detector's average or refractory time is negative");
  if (d->minimum_windows() < 1) return corrupt("a detector's minimum number of windows is below 1");
  if (!has_length(d->thresholds(), labels)) return corrupt("wrong number of detection thresholds");
  if (d->gate_class() < -1 || d->gate_class() >= labels) return corrupt("a detector's gate is not a class");
  return {};
}

// State of each tensor while checking layers in order.
struct Progress {
  std::array<bool, kMaxTensors> defined{};
  std::array<bool, kMaxTensors> used{};
  std::array<std::int64_t, kMaxTensors> limit{};
};

Finding check_layer(const fb::Model& model, const fb::Layer& layer, Progress& progress) {
  if (!is_plain_text(*layer.name())) return corrupt("the name is empty, too long or not plain text");
  const OperatorDescription& description = describe(layer);
  if (description.check == nullptr) return unsupported("an unknown operator");
  const bool adds = description.input_count == 2;
  if (layer.inputs() == nullptr || layer.inputs()->size() != (adds ? 2u : 1u)) {
    return corrupt(adds ? "not exactly two inputs" : "not exactly one input");
  }
  const std::int32_t count = static_cast<std::int32_t>(model.tensors()->size());
  for (const std::int32_t in : *layer.inputs()) {
    if (in < 0 || in >= count) return corrupt("an input tensor does not exist");
    if (!progress.defined[static_cast<std::size_t>(in)]) return corrupt("no earlier layer computes the input");
  }
  const std::int32_t in = layer.inputs()->Get(0), out = layer.output();
  if (out < 0 || out >= count) return corrupt("the output tensor does not exist");
  const auto from = static_cast<std::size_t>(in), to = static_cast<std::size_t>(out);
  if (progress.defined[to]) return corrupt("the output tensor is already defined");
  OperatorContext context{*model.tensors()->Get(static_cast<std::uint32_t>(in)),
                          *model.tensors()->Get(static_cast<std::uint32_t>(out)), progress.limit[from]};
  if (adds) {
    const std::int32_t other = layer.inputs()->Get(1);
    context.other = model.tensors()->Get(static_cast<std::uint32_t>(other));
    context.other_limit = progress.limit[static_cast<std::size_t>(other)];
  }
  if (const Finding f = description.check(layer, context)) return f;
  for (const std::int32_t read : *layer.inputs()) progress.used[static_cast<std::size_t>(read)] = true;
  progress.defined[to] = true;
  progress.limit[to] = context.out_limit;
  return {};
}

}  // namespace

Finding check_model(const fb::Model& model, int& layer) {
  layer = -1;
  if (const Finding f = check_heading(model)) return f;
  for (const auto* tensor : *model.tensors()) {
    if (const Finding f = check_tensor(*tensor)) return f;
  }
  if (const Finding f = check_input(model)) return f;
  Progress progress;
  progress.defined[0] = true;
  const fb::Tensor& input = *model.tensors()->Get(0);
  progress.limit[0] = input.dtype() == DType::kI16  ? 32768
                      : input.dtype() == DType::kI8 ? i8_limit(input.zero_point())
                                                    : 0;
  for (layer = 0; layer < static_cast<int>(model.layers()->size()); ++layer) {
    const auto* checked = model.layers()->Get(static_cast<std::uint32_t>(layer));
    if (const Finding f = check_layer(model, *checked, progress)) return f;
  }
  layer = -1;
  // There are layers + 1 tensors, and each layer outputs a different one, so all are computed. All except the scores
  // must be read.
  const auto last = static_cast<std::size_t>(model.layers()->Get(model.layers()->size() - 1)->output());
  for (std::size_t t = 0; t < model.tensors()->size(); ++t) {
    if (t != last && !progress.used[t]) return corrupt("an unused tensor");
  }
  if (const Finding f = check_scores(model)) return f;
  return check_detector(model);
}

}  // namespace stapes
