// SPDX-License-Identifier: Apache-2.0
#include "compress/layer_error.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "kernels/quantize_f32.h"
#include "packed/model_file.h"
#include "packed/operators/operator.h"
#include "packed/writer.h"
#include "runtime/front_end.h"
#include "runtime/layer_runner.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

using Bytes = std::vector<std::byte>;

template <class T>
std::vector<float> real_values_as(const fb::Tensor& tensor, const Bytes& bytes) {
  std::vector<float> values;
  values.reserve(bytes.size() / sizeof(T));
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(T)) {
    T q;
    std::memcpy(&q, bytes.data() + at, sizeof(T));
    values.push_back(tensor.scale() * (static_cast<float>(q) - static_cast<float>(tensor.zero_point())));
  }
  return values;
}

std::vector<float> real_values(const fb::Tensor& tensor, const Bytes& bytes) {
  switch (tensor.dtype()) {
    case fb::DType::kI8:
      return real_values_as<std::int8_t>(tensor, bytes);
    case fb::DType::kI16:
      return real_values_as<std::int16_t>(tensor, bytes);
    case fb::DType::kI32:
      return real_values_as<std::int32_t>(tensor, bytes);
    case fb::DType::kF32:
      return real_values_as<float>(tensor, bytes);  // scale 1
    default:
      throw Error("cannot compute layer errors: a tensor has type {}; expected an fp32 or int8 model",
                  fb::EnumNameDType(tensor.dtype()));
  }
}

struct WideRange {
  std::int32_t low = -32768, high = 32767;
};

// The range that a layer may write to the kI16 tensor `index`; overflow checks of its readers rely on this range.
WideRange wide_range(const fb::Model& model, std::int32_t index) {
  for (std::uint32_t i = model.layers()->size(); i-- > 0;) {
    const fb::Layer& layer = *model.layers()->Get(i);
    if (layer.output() != index) continue;
    if (const auto* conv = layer.op_as_ConvI8()) return {conv->minimum(), conv->maximum()};
    index = layer.inputs()->Get(0);  // a transpose keeps the values
  }
  return {};
}

std::int16_t quantize_wide(float value, float scale, WideRange range) {
  const double q = std::round(double{value} / scale);
  return static_cast<std::int16_t>(std::clamp(q, double(range.low), double(range.high)));
}

// `values` in the format of tensor `index`: kI8, kI16 or kF32.
Bytes stored(const fb::Model& model, std::int32_t index, const std::vector<float>& values) {
  const fb::Tensor& tensor = *model.tensors()->Get(static_cast<std::uint32_t>(index));
  Bytes bytes(tensor_bytes(tensor));
  if (tensor.dtype() == fb::DType::kF32) {
    std::memcpy(bytes.data(), values.data(), bytes.size());
  } else if (tensor.dtype() == fb::DType::kI16) {
    const WideRange range = wide_range(model, index);
    std::transform(values.begin(), values.end(), reinterpret_cast<std::int16_t*>(bytes.data()),
                   [&](float v) { return quantize_wide(v, tensor.scale(), range); });
  } else {
    std::transform(values.begin(), values.end(), reinterpret_cast<std::int8_t*>(bytes.data()),
                   [&](float v) { return quantize_f32(v, tensor.scale(), tensor.zero_point()); });
  }
  return bytes;
}

Bytes output_of(const fb::Model& model, const fb::Layer& layer, const LayerInputs& inputs) {
  Bytes output(tensor_bytes(output_tensor(model, layer))), scratch(layer_scratch_bytes(model, layer));
  run_layer(model, layer, inputs, output.data(), scratch.data());
  return output;
}

Wave wave_of(std::span<const std::int16_t> window) { return {.pcm = window.data()}; }
Wave wave_of(std::span<const float> window) { return {.real = window.data()}; }

template <class T>
Bytes input_of(const fb::Model& model, std::span<const T> window) {
  Bytes bytes(tensor_bytes(*model.tensors()->Get(0)));
  load_samples(wave_of(window), 0, window.size(), sample_format(model), bytes.data());
  return bytes;
}

// All tensors for one window, by index.
template <class T>
std::vector<Bytes> all_tensors(const fb::Model& model, std::span<const T> window) {
  std::vector<Bytes> tensors(model.tensors()->size());
  tensors[0] = input_of(model, window);
  for (const auto* layer : *model.layers()) {
    const auto input = [&](std::uint32_t i) {
      return tensors[static_cast<std::size_t>(layer->inputs()->Get(i))].data();
    };
    tensors[static_cast<std::size_t>(layer->output())] =
        output_of(model, *layer, {input(0), is_addition(*layer) ? input(1) : nullptr});
  }
  return tensors;
}

class MeanSqnr {
 public:
  void add(const std::vector<float>& want, const std::vector<float>& got) {
    double signal = 0, noise = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
      const double w = want[i], error = w - got[i];
      signal += w * w;
      noise += error * error;
    }
    if (signal == 0) return;
    sum_ += noise == 0 ? kBestSqnrDb : std::min(kBestSqnrDb, 10 * std::log10(signal / noise));
    ++windows_;
  }
  double db() const { return windows_ == 0 ? kBestSqnrDb : sum_ / windows_; }

 private:
  double sum_ = 0;
  int windows_ = 0;
};

struct LayerSqnr {
  MeanSqnr total, own;
};

// False for transposes and pools, which keep the grid of their input.
bool rounds(const fb::Layer& layer) { return !describe(layer).keeps_scale; }

// All tensors of both models for one window.
struct Comparison {
  const fb::Model &fp32, &quantized;
  std::vector<Bytes> exact, rounded;

  // Tensor `index` of the fp32 model in the format of the quantized model.
  Bytes exact_on_grid(std::int32_t index) const {
    const auto at = static_cast<std::size_t>(index);
    if (index == 0) return rounded[at];
    const fb::Tensor& tensor = *fp32.tensors()->Get(static_cast<std::uint32_t>(index));
    return stored(quantized, index, real_values(tensor, exact[at]));
  }

  void add_to(LayerSqnr& figures, const fb::Layer& layer) const {
    const auto out = static_cast<std::size_t>(layer.output());
    const fb::Tensor& output = output_tensor(quantized, layer);
    const std::vector<float> want = real_values(output_tensor(fp32, layer), exact[out]);
    figures.total.add(want, real_values(output, rounded[out]));
    const Bytes first = exact_on_grid(layer.inputs()->Get(0));
    const Bytes second = is_addition(layer) ? exact_on_grid(layer.inputs()->Get(1)) : Bytes{};
    figures.own.add(want, real_values(output, output_of(quantized, layer, {first.data(), second.data()})));
  }
};

template <class T>
void compare(const fb::Model& fp32, const fb::Model& quantized, std::span<const T> window,
             std::vector<LayerSqnr>& figures) {
  const Comparison comparison{fp32, quantized, all_tensors(fp32, window), all_tensors(quantized, window)};
  for (std::uint32_t i = 0; i < quantized.layers()->size(); ++i) {
    const fb::Layer& layer = *quantized.layers()->Get(i);
    if (rounds(layer)) comparison.add_to(figures[i], layer);
  }
}

template <class Windows>
std::vector<LayerError> errors_over(const fb::ModelT& fp32, const fb::ModelT& quantized, const Windows& windows) {
  const auto exact = packed_in_memory(fp32, "the fp32 model"),
             rounded = packed_in_memory(quantized, "the quantized model");
  std::vector<LayerSqnr> figures(quantized.layers.size());
  bool any = false;
  windows([&](auto window) {
    compare(exact->model(), rounded->model(), window, figures);
    any = true;
  });
  if (!any) throw Error("no windows to compare the two models on");
  std::vector<LayerError> errors;
  for (std::uint32_t i = 0; i < figures.size(); ++i) {
    const fb::Layer& layer = *rounded->model().layers()->Get(i);
    if (rounds(layer)) errors.push_back({layer.name()->str(), figures[i].total.db(), figures[i].own.db()});
  }
  return errors;
}

}  // namespace

std::vector<LayerError> layer_errors(const fb::ModelT& fp32, const fb::ModelT& quantized,
                                     const CalibrationWindows& windows) {
  return errors_over(fp32, quantized, windows);
}

std::vector<LayerError> layer_errors_on_features(const fb::ModelT& fp32, const fb::ModelT& quantized,
                                                 const FeatureWindows& windows) {
  return errors_over(fp32, quantized, windows);
}

const LayerError& worst_layer(const std::vector<LayerError>& errors) {
  return *std::min_element(errors.begin(), errors.end(),
                           [](const LayerError& a, const LayerError& b) { return a.own_db < b.own_db; });
}

}  // namespace stapes
