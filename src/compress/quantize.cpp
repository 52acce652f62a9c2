// SPDX-License-Identifier: Apache-2.0
#include "compress/quantize.h"

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "compress/quantize_graph.h"
#include "compress/sparse_weights.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

constexpr int kLargestInt8 = 127;

class RangeObserver final : public LayerObserver {
 public:
  RangeObserver(std::size_t layers, RangeRule rule) : input_(histogram_for(rule)), layers_(layers, input_) {}
  void layer_output(int layer, const void* values, std::size_t count) noexcept override {
    layers_[static_cast<std::size_t>(layer)].add({static_cast<const float*>(values), count});
  }
  void input(std::span<const float> values) { input_.add(values); }

  const RangeHistogram& input() const { return input_; }
  const RangeHistogram& layer(std::size_t index) const { return layers_[index]; }

 private:
  RangeHistogram input_;
  std::vector<RangeHistogram> layers_;
};

void assign_real(std::span<const std::int16_t> window, std::vector<float>& input) {
  input.resize(window.size());
  std::transform(window.begin(), window.end(), input.begin(), [](std::int16_t v) { return v / 32768.0f; });
}
void assign_real(std::span<const float> window, std::vector<float>& input) {
  input.assign(window.begin(), window.end());
}

template <class Windows>
RangeObserver observe(const fb::ModelT& fp32, const Windows& windows, RangeRule rule) {
  HostClassifier classifier(packed_in_memory(fp32, "the model to quantize"));
  RangeObserver observer(fp32.layers.size(), rule);
  std::vector<float> input;
  windows([&](auto window) {
    assign_real(window, input);
    observer.input(input);
    classifier.run_observed(input, observer);
  });
  if (input.empty()) throw Error("no calibration windows: the calibration set is empty");
  for (std::size_t i = 0; i < fp32.layers.size(); ++i) {
    if (observer.layer(i).finite()) continue;
    throw Error("layer {} outputs infinity or NaN on the calibration clips: its weights are unusable",
                fp32.layers[i]->name);
  }
  return observer;
}

void quantize_input(fb::ModelT& model, const RangeHistogram& seen, const QuantizeOptions& options) {
  fb::TensorT& input = *model.tensors.front();
  if (options.input_bits == 8 || model.features) {
    set_affine(input, range_by(options.observer, seen));
  } else {
    input.dtype = fb::DType::kI16;
    input.scale = 1.0f / 32768;
  }
}

const fb::TensorT& input_of(const fb::ModelT& model, const fb::LayerT& layer, std::size_t which = 0) {
  return *model.tensors[static_cast<std::size_t>(layer.inputs.at(which))];
}

fb::TensorT& output_of(fb::ModelT& model, const fb::LayerT& layer) {
  return *model.tensors[static_cast<std::size_t>(layer.output)];
}

// The inputs of an addition have 8 bits, unless one is the network's input.
void check_branches(const fb::ModelT& model, const fb::LayerT& layer) {
  for (std::size_t which = 0; which < 2; ++which) {
    if (input_of(model, layer, which).dtype == fb::DType::kI8) continue;
    throw UsageError("layer {} adds the network's input, so the input must have 8 bits; use --input-bits 8",
                     layer.name);
  }
}

// Pools and transposes keep the grid of their input.
void set_output_grid(std::size_t index, fb::ModelT& model, const RangeHistogram& seen, const FloatParts& kept,
                     const QuantizeOptions& options) {
  const fb::LayerT& layer = *model.layers[index];
  const fb::TensorT& in = input_of(model, layer);
  fb::TensorT& out = output_of(model, layer);
  if (const fb::ConvF32T* conv = layer.op.AsConvF32()) {
    const bool float_output = kept.layers[index] && kept.readers[static_cast<std::size_t>(layer.output)];
    if (is_wide(model, index, options.wide_to)) {
      set_wide(out, seen.full_range(), widest_output(model, layer.output), *conv, options.weights, in);
    } else if (!float_output) {
      set_affine(out, range_by(options.observer, seen));
    }
  } else if (layer.op.type == fb::Operator::AddF32) {
    check_branches(model, layer);
    set_affine_sum(out, range_by(options.observer, seen), in, input_of(model, layer, 1));
  } else if (!computes(layer)) {
    out.dtype = in.dtype;
    out.scale = in.scale;
    out.zero_point = in.zero_point;
  } else if (layer.op.type != fb::Operator::LinearF32) {  // the head's scale follows from its weights
    throw Error("layer {} is not a full-precision layer; quantize takes a packed fp32 model", layer.name);
  }
}

// The grids of the layer's input and output must be set.
void round_weights(std::size_t index, fb::ModelT& model, WeightScales weights) {
  fb::LayerT& layer = *model.layers[index];
  const fb::TensorT& in = input_of(model, layer);
  fb::TensorT& out = output_of(model, layer);
  if (layer.op.type == fb::Operator::ConvF32) {
    const int largest = out.dtype == fb::DType::kI16 ? widest_output(model, layer.output) : kLargestInt8;
    layer.op.Set(quantize_conv(*layer.op.AsConvF32(), weights, in, out, largest));
  } else if (layer.op.type == fb::Operator::AddF32) {
    layer.op.Set(quantize_add(*layer.op.AsAddF32(), in, input_of(model, layer, 1), out));
  } else if (layer.op.type == fb::Operator::LinearF32) {
    layer.op.Set(quantize_head(*layer.op.AsLinearF32(), in, out));
  }
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

void check_wide(const fb::ModelT& model, const QuantizeOptions& options) {
  if (options.wide_to.empty()) return;
  const std::vector<std::string> known = wide_layers(model);
  if (known.empty()) {
    throw UsageError(
        "this network cannot have 16-bit activations (--wide {}): layers other than convolutions "
        "read the output of {}",
        options.wide_to, model.layers.front()->name);
  }
  if (std::ranges::find(known, options.wide_to) == known.end()) {
    throw UsageError("16-bit activations up to {} are not supported; choose {}", options.wide_to, listed(known));
  }
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const std::string& name = model.layers[i]->name;
    if (!is_wide(model, i, options.wide_to) || std::ranges::find(options.keep_fp32, name) == options.keep_fp32.end())
      continue;
    throw UsageError("layer {} cannot both stay in float and output 16 bits; change --keep-fp32 or --wide", name);
  }
  if (options.input_bits != 16 || model.features) {
    throw UsageError("16-bit activations need a 16-bit input; {}",
                     model.features ? "features have 8 bits, so leave out --wide" : "use --input-bits 16");
  }
}

void check_kept(const fb::ModelT& model, const QuantizeOptions& options) {
  std::vector<std::string> known;
  for (const auto& layer : model.layers) {
    if (can_stay_float(*layer)) known.push_back(layer->name);
  }
  for (const std::string& name : options.keep_fp32) {
    if (std::ranges::find(known, name) != known.end()) continue;
    throw UsageError("cannot keep layer '{}' in float; choose {}", name, listed(known));
  }
}

void check_request(const fb::ModelT& model, const QuantizeOptions& options) {
  if (model.route != "fp32") {
    throw Error("the model is already {}; quantize takes the original fp32 model or run", model.route);
  }
  if (options.input_bits != 8 && options.input_bits != 16) {
    throw UsageError("an input of {} bits is not supported; choose 8 or 16", options.input_bits);
  }
  check_wide(model, options);
  check_kept(model, options);
}

template <class Windows>
fb::ModelT quantize_over(const fb::ModelT& fp32, const Windows& windows, const QuantizeOptions& options) {
  check_request(fp32, options);
  const RangeObserver seen = observe(fp32, windows, options.observer);
  fb::ModelT model = copy_model(fp32);
  model.route = "int8";
  quantize_input(model, seen.input(), options);
  const FloatParts kept(fp32, options.keep_fp32);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    set_output_grid(i, model, seen.layer(i), kept, options);
    if (!kept.layers[i]) round_weights(i, model, options.weights);
  }
  store_sparse_where_better(model);
  return model;
}

}  // namespace

fb::ModelT quantize_post_training(const fb::ModelT& fp32, const CalibrationWindows& windows,
                                  const QuantizeOptions& options) {
  return quantize_over(fp32, windows, options);
}

fb::ModelT quantize_on_features(const fb::ModelT& fp32, const FeatureWindows& windows, const QuantizeOptions& options) {
  return quantize_over(fp32, windows, options);
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
