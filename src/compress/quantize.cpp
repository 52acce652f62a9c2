#include "compress/quantize.h"

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "compress/sparse_weights.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

constexpr int kLargestInt8 = 127;

// Collects the values of the wave and the outputs of every layer.
class RangeObserver final : public LayerObserver {
 public:
  RangeObserver(std::size_t layers, RangeRule rule) : wave_(histogram_for(rule)), layers_(layers, wave_) {}
  void layer_output(int layer, const void* values, std::size_t count) noexcept override {
    layers_[static_cast<std::size_t>(layer)].add({static_cast<const float*>(values), count});
  }
  void wave(std::span<const float> samples) { wave_.add(samples); }

  const RangeHistogram& wave() const { return wave_; }
  const RangeHistogram& layer(std::size_t index) const { return layers_[index]; }

 private:
  RangeHistogram wave_;
  std::vector<RangeHistogram> layers_;
};

RangeObserver observe(const fb::ModelT& fp32, const CalibrationWindows& windows, RangeRule rule) {
  HostClassifier classifier(std::make_shared<ModelFile>(serialize_model(fp32), "the model to quantize"));
  RangeObserver observer(fp32.layers.size(), rule);
  std::vector<float> wave;
  windows([&](std::span<const std::int16_t> window) {
    wave.resize(window.size());
    std::transform(window.begin(), window.end(), wave.begin(), [](std::int16_t v) { return v / 32768.0f; });
    observer.wave(wave);
    classifier.run_observed(wave, observer);
  });
  if (wave.empty()) throw Error("no calibration windows: the calibration set is empty");
  for (std::size_t i = 0; i < fp32.layers.size(); ++i) {
    if (observer.layer(i).finite()) continue;
    throw Error("layer {} gives infinities on the calibration clips: its weights are no use", fp32.layers[i]->name);
  }
  return observer;
}

void quantize_input(fb::TensorT& wave, const RangeHistogram& seen, const QuantizeOptions& options) {
  if (options.input_bits == 8) {
    set_affine(wave, range_by(options.observer, seen));
  } else {
    wave.dtype = fb::DType::kI16;
    wave.scale = 1.0f / 32768;
  }
}

bool has_weights(const fb::LayerT& layer) {
  return layer.op.type != fb::Operator::Swap && layer.op.type != fb::Operator::AveragePool;
}

// Which layers stay in float, and which tensors are read by such layers only (through swaps and pools).
struct FloatParts {
  FloatParts(const fb::ModelT& model, const std::vector<std::string>& names)
      : layers(model.layers.size()), readers(model.tensors.size(), true) {
    for (std::size_t i = layers.size(); i-- > 0;) {
      const fb::LayerT& layer = *model.layers[i];
      layers[i] = std::ranges::find(names, layer.name) != names.end();
      const bool real = has_weights(layer) ? layers[i] : readers[static_cast<std::size_t>(layer.output)];
      if (!real) readers[static_cast<std::size_t>(layer.inputs.front())] = false;
    }
  }
  std::vector<bool> layers, readers;
};

// Whether layer `index` comes no later than the layer `last`, "" = none.
bool is_wide(const fb::ModelT& model, std::size_t index, const std::string& last) {
  const auto found = std::ranges::find(model.layers, last, [](const auto& layer) { return layer->name; });
  return found != model.layers.end() && index <= static_cast<std::size_t>(found - model.layers.begin());
}

// The largest value that the convolution which reads layer `index` can take in 16 bits.
int widest_output(const fb::ModelT& model, std::size_t index) {
  for (std::size_t next = index + 1; next < model.layers.size(); ++next) {
    const fb::ConvF32T* conv = model.layers[next]->op.AsConvF32();
    if (conv != nullptr) return widest_value(conv->weights.size() / conv->bias.size());
  }
  throw Error("no convolution reads the 16-bit output of layer {}", model.layers[index]->name);
}

// The grid of what layer `index` gives: an activation's from what was seen, a pool's and swap's that of its input.
void set_output_grid(std::size_t index, fb::ModelT& model, const RangeHistogram& seen, const FloatParts& kept,
                     const QuantizeOptions& options) {
  const fb::LayerT& layer = *model.layers[index];
  const fb::TensorT& in = *model.tensors[static_cast<std::size_t>(layer.inputs.front())];
  fb::TensorT& out = *model.tensors[static_cast<std::size_t>(layer.output)];
  if (const fb::ConvF32T* conv = layer.op.AsConvF32()) {
    const bool float_output = kept.layers[index] && kept.readers[static_cast<std::size_t>(layer.output)];
    if (is_wide(model, index, options.wide_to)) {
      set_wide(out, seen.full_range(), widest_output(model, index), *conv, options.weights, in);
    } else if (!float_output) {
      set_affine(out, range_by(options.observer, seen));
    }
  } else if (!has_weights(layer)) {
    out.dtype = in.dtype;
    out.scale = in.scale;
    out.zero_point = in.zero_point;
  } else if (layer.op.type != fb::Operator::LinearF32) {  // whose scale follows from its weights
    throw Error("layer {} is not a full-precision one; quantize takes a packed fp32 model", layer.name);
  }
}

// Layer `index` in integers, between grids that are set; the layers behind it are still in float.
void round_weights(std::size_t index, fb::ModelT& model, WeightScales weights) {
  fb::LayerT& layer = *model.layers[index];
  const fb::TensorT& in = *model.tensors[static_cast<std::size_t>(layer.inputs.front())];
  fb::TensorT& out = *model.tensors[static_cast<std::size_t>(layer.output)];
  if (layer.op.type == fb::Operator::ConvF32) {
    const int largest = out.dtype == fb::DType::kI16 ? widest_output(model, index) : kLargestInt8;
    layer.op.Set(quantize_conv(*layer.op.AsConvF32(), weights, in, out, largest));
  } else if (layer.op.type == fb::Operator::LinearF32) {
    layer.op.Set(quantize_head(*layer.op.AsLinearF32(), in, out));
  }
}

void check_wide(const fb::ModelT& model, const QuantizeOptions& options) {
  if (options.wide_to.empty()) return;
  std::string known;
  bool found = false;
  for (std::size_t i = 0; i + 1 < model.layers.size(); ++i) {  // those whose output a convolution reads
    const bool read =
        model.layers[i + 1]->op.type == fb::Operator::ConvF32 || model.layers[i + 1]->op.type == fb::Operator::Swap;
    if (model.layers[i]->op.type != fb::Operator::ConvF32 || !read) continue;
    const std::string& name = model.layers[i]->name;
    found = found || name == options.wide_to;
    known += (known.empty() ? "" : ", ") + name;
    if (!is_wide(model, i, options.wide_to) || std::ranges::find(options.keep_fp32, name) == options.keep_fp32.end())
      continue;
    throw UsageError("layer {} cannot both stay in float and give 16 bits", name);
  }
  if (!found)
    throw UsageError("16-bit activations up to {} are not supported; up to {} they are", options.wide_to, known);
  if (options.input_bits != 16)
    throw UsageError("16-bit activations need a 16-bit input, not one of {} bits", options.input_bits);
}

void check_request(const fb::ModelT& model, const QuantizeOptions& options) {
  if (model.route != "fp32") {
    throw Error("the model is already of route {}; quantize takes the fp32 model or run it came from", model.route);
  }
  if (options.input_bits != 8 && options.input_bits != 16) {
    throw UsageError("an input of {} bits is not supported; 8 and 16 are", options.input_bits);
  }
  for (const auto& layer : model.layers) {
    if (layer->op.type == fb::Operator::AddF32) {
      throw Error("layer {} is an addition, which quantize cannot round yet", layer->name);
    }
  }
  check_wide(model, options);
  for (const std::string& name : options.keep_fp32) {
    std::string known;
    bool found = false;
    for (const auto& layer : model.layers) {
      if (!has_weights(*layer)) continue;
      found = found || layer->name == name;
      known += (known.empty() ? "" : ", ") + layer->name;
    }
    if (!found) throw UsageError("there is no layer {} to keep in float; there are {}", name, known);
  }
}

}  // namespace

fb::ModelT quantize_post_training(const fb::ModelT& fp32, const CalibrationWindows& windows,
                                  const QuantizeOptions& options) {
  check_request(fp32, options);
  const RangeObserver seen = observe(fp32, windows, options.observer);
  fb::ModelT model = copy_model(fp32);
  model.route = "int8";
  quantize_input(*model.tensors.front(), seen.wave(), options);
  const FloatParts kept(fp32, options.keep_fp32);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    set_output_grid(i, model, seen.layer(i), kept, options);
    if (!kept.layers[i]) round_weights(i, model, options.weights);
  }
  store_sparse_where_better(model);
  return model;
}

fb::ModelT quantize_on_grids_of(const fb::ModelT& int8, const fb::ModelT& fp32, WeightScales weights) {
  fb::ModelT model = copy_model(fp32);
  model.route = int8.route;
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    model.tensors[i]->dtype = int8.tensors.at(i)->dtype;
    model.tensors[i]->scale = int8.tensors[i]->scale;
    model.tensors[i]->zero_point = int8.tensors[i]->zero_point;
  }
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const bool stays_float = int8.layers.at(i)->op.type == model.layers[i]->op.type;
    if (!stays_float) round_weights(i, model, weights);
  }
  store_sparse_where_better(model);
  return model;
}

}  // namespace stapes
