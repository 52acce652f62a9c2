// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_packed.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "base/error.h"
#include "import/onnx/onnx_factors.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {
namespace fb = packed::fb;

constexpr double kSameScale = 1e-5;  // relative; exporters multiply scales in float

template <class Op>
void set_output_limits(Op& op, NodeActivation activation, const Int8Grid& out) {
  op.minimum = activation == NodeActivation::kNone ? std::int16_t{kInt8Min} : limit_on_grid(0, out);
  op.maximum = activation == NodeActivation::kRelu6 ? limit_on_grid(6, out) : std::int16_t{kInt8Max};
}

// [out][in][kernel_h][kernel_w] -> [out][kernel_h][kernel_w][in]
std::vector<std::int8_t> packed_weights(const OnnxLayer& layer) {
  const auto outs = static_cast<std::size_t>(layer.out.channels);
  const std::size_t taps = static_cast<std::size_t>(layer.h.kernel) * static_cast<std::size_t>(layer.w.kernel);
  const std::size_t ins = layer.weights.size() / (outs * taps);
  std::vector<std::int8_t> weights(layer.weights.size());
  for (std::size_t o = 0; o < outs; ++o)
    for (std::size_t i = 0; i < ins; ++i)
      for (std::size_t tap = 0; tap < taps; ++tap)
        weights[(o * taps + tap) * ins + i] = static_cast<std::int8_t>(layer.weights[(o * ins + i) * taps + tap]);
  return weights;
}

std::int32_t packed_bias(const OnnxLayer& layer, std::size_t o, double scale) {
  const bool as_it_is = !layer.whole_bias.empty() && std::abs(layer.bias_scales[o] - scale) <= kSameScale * scale;
  const double bias = as_it_is ? static_cast<double>(layer.whole_bias[o]) : std::round(layer.bias[o] / scale);
  if (!(std::abs(bias) <= std::numeric_limits<std::int32_t>::max())) throw Error("a bias does not fit in 32 bits");
  return static_cast<std::int32_t>(bias);
}

class PackedBuilder {
 public:
  explicit PackedBuilder(const OnnxImport& imported) : imported_(imported) {}

  fb::ModelT build() {
    const FeatureSize& size = imported_.input;
    if (!imported_.input_grid) throw Error("the first node that reads the input does not quantize it");
    model_.route = "int8";
    model_.features = true;
    model_.window_samples = static_cast<int>(size.values());
    add_tensor(size, *imported_.input_grid);
    for (std::size_t i = 0; i < imported_.layers.size(); ++i) {
      try {
        add(static_cast<int>(i));
      } catch (const Error& error) {
        problems_.push_back(fmt::format("node {}: {}", imported_.layers[i].node, error.what()));
      }
    }
    if (!problems_.empty()) throw Error("{}", fmt::join(problems_, "; "));
    return std::move(model_);
  }

 private:
  void add_tensor(const FeatureSize& size, const Int8Grid& grid) {
    auto tensor = std::make_unique<fb::TensorT>();
    tensor->dtype = fb::DType::kI8;
    tensor->height = size.height;
    tensor->width = size.width;
    tensor->channels = size.channels;
    tensor->scale = static_cast<float>(grid.scale);
    tensor->zero_point = grid.zero_point;
    model_.tensors.push_back(std::move(tensor));
  }

  Int8Grid grid_of(int layer) const {
    if (const std::optional<Int8Grid> grid = imported_.grid_of(layer)) return *grid;
    // The input has a grid (build()), so this is a layer.
    throw Error("the output of {} is not quantized", imported_.layers[static_cast<std::size_t>(layer)].node);
  }

  template <class Op>
  void append(int index, const char* kind, Op op) {
    append(index, kind, std::move(op), grid_of(index));
  }
  template <class Op>
  void append(int index, const char* kind, Op op, const Int8Grid& grid) {
    const OnnxLayer& from = imported_.layers[static_cast<std::size_t>(index)];
    auto layer = std::make_unique<fb::LayerT>();
    layer->name = fmt::format("{}{}", kind, ++counts_[kind]);
    for (const int input : from.inputs) layer->inputs.push_back(input + 1);  // tensor 0 is the input
    layer->output = index + 1;
    layer->op.Set(std::move(op));
    add_tensor(from.out, grid);
    model_.layers.push_back(std::move(layer));
  }

  void add(int index) {
    const OnnxLayer& layer = imported_.layers[static_cast<std::size_t>(index)];
    const Int8Grid in = grid_of(layer.inputs.front());
    if (gives_sums(index)) return add_sums(index, in);
    const Int8Grid out = grid_of(index);
    switch (layer.kind) {
      case OnnxLayerKind::kConv:
        return append(index, layer.is_linear() ? "linear" : "conv", conv(layer, in, out));
      case OnnxLayerKind::kMaxPool: {
        fb::MaxPoolT op;
        set_window(op, layer.h, layer.w);
        return append(index, "max", std::move(op));
      }
      case OnnxLayerKind::kAveragePool:
        if (layer.grid) return append(index, "mean", mean(layer, in, out));
        return append(index, "pool", average_pool(layer));
      case OnnxLayerKind::kAdd:
        return append(index, "add", addition(layer, in, grid_of(layer.inputs.back()), out));
      case OnnxLayerKind::kTranspose:
        return append(index, "transpose", fb::TransposeT{});
      case OnnxLayerKind::kSoftmax:
        return append(index, "softmax", softmax_of_scale(in.scale));
      case OnnxLayerKind::kLogistic:
        return append(index, "logistic", logistic_of_scale(in.scale));
    }
  }

  static fb::AveragePoolT average_pool(const OnnxLayer& layer) {
    fb::AveragePoolT op;
    if (layer.pools_side_by_side()) {
      op.pool_h = layer.h.kernel;
      op.pool_w = layer.w.kernel;
    } else {
      set_window(op, layer.h, layer.w);
    }
    return op;
  }

  static fb::MeanT mean(const OnnxLayer& layer, const Int8Grid& in, const Int8Grid& out) {
    return mean_of_scales(in.scale, out.scale, layer.h.kernel, layer.w.kernel);
  }

  // As stored in the file (onnx_factors.h); empty if none.
  std::vector<FixedPointFactor> given_factors(const OnnxLayer& layer) const {
    const auto found = imported_.metadata.find(kFactorsKey + layer.node);
    if (found == imported_.metadata.end()) return {};
    const auto factors = parse_factors(found->second);
    return factors && factors->size() == layer.bias.size() ? *factors : std::vector<FixedPointFactor>{};
  }

  static FixedPointFactor factor_of(const std::vector<FixedPointFactor>& given, std::size_t o, double factor) {
    return !given.empty() && refines(given[o], factor) ? given[o] : quantize_multiplier(factor);
  }

  fb::ConvI8T conv(const OnnxLayer& layer, const Int8Grid& in, const Int8Grid& out) const {
    if (layer.norm) throw Error("a batch norm in a quantized graph; fold it before quantizing");
    const bool keeps = std::ranges::all_of(layer.weights, [](float w) { return w == 1; });  // an identity
    if (layer.scales.empty() && !keeps) throw Error("the weights are not quantized");
    const std::vector<FixedPointFactor> given = given_factors(layer);
    fb::ConvI8T op;
    set_window(op, layer.h, layer.w);
    op.groups = layer.groups;
    op.weights = packed_weights(layer);
    for (std::size_t o = 0; o < layer.bias.size(); ++o) {
      const double sum_scale = in.scale * double{layer.scales.empty() ? 1.0f : layer.scales[o]};
      const double factor = sum_scale / out.scale;
      if (!std::isfinite(factor)) throw Error("the scales result in a factor of {}; expected a finite number", factor);
      const FixedPointFactor rescale = factor_of(given, o, factor);
      op.bias.push_back(packed_bias(layer, o, sum_scale));
      op.multiplier.push_back(rescale.multiplier);
      op.shift.push_back(rescale.shift);
    }
    set_output_limits(op, layer.activation, out);
    fold_constant_channels(op, in, out, rescale);
    return op;
  }

  // The last layer may output its sums if one scale converts them to scores.
  bool gives_sums(int index) const {
    const OnnxLayer& layer = imported_.layers[static_cast<std::size_t>(index)];
    const bool last = index + 1 == static_cast<int>(imported_.layers.size());
    const bool one_scale = std::ranges::adjacent_find(layer.scales, std::not_equal_to<>()) == layer.scales.end();
    return last && layer.is_linear() && !layer.grid && !layer.norm && !layer.scales.empty() && one_scale &&
           layer.activation == NodeActivation::kNone;
  }

  void add_sums(int index, const Int8Grid& in) {
    const OnnxLayer& layer = imported_.layers[static_cast<std::size_t>(index)];
    const double scale = in.scale * double{layer.scales.front()};
    fb::LinearI8T op;
    op.weights = packed_weights(layer);
    for (std::size_t o = 0; o < layer.bias.size(); ++o) op.bias.push_back(packed_bias(layer, o, scale));
    append(index, "linear", std::move(op), {scale, 0});
    model_.tensors.back()->dtype = fb::DType::kI32;
  }

  static fb::AddI8T addition(const OnnxLayer& layer, const Int8Grid& a, const Int8Grid& b, const Int8Grid& out) {
    fb::AddI8T op = addition_of(a.scale, b.scale, out.scale);
    set_output_limits(op, layer.activation, out);
    return op;
  }

  const OnnxImport& imported_;
  fb::ModelT model_;
  std::map<std::string, int> counts_;  // of layers by kind
  std::vector<std::string> problems_;
};

}  // namespace

fb::ModelT packed_model_of(const OnnxImport& imported) { return PackedBuilder(imported).build(); }

}  // namespace stapes
