// SPDX-License-Identifier: Apache-2.0
// onnx_pointwise.cpp: element-wise nodes.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "import/onnx/onnx_importer.h"

namespace stapes {
namespace {

std::vector<float> real_values(const OnnxTensor& tensor) {
  if (tensor.is_real()) return tensor.reals;
  if (tensor.scales.size() != 1) throw Error("the constant is neither float32 nor quantized with a single scale");
  std::vector<float> values;
  for (const std::int64_t q : tensor.integers) values.push_back(static_cast<float>(q) * tensor.scales.front());
  return values;
}

}  // namespace

bool OnnxImporter::import_pointwise(const OnnxNode& node) {
  const std::string& op = node.op;
  if (op == "Relu") {
    activate(node, NodeActivation::kRelu);
  } else if (op == "Clip") {
    import_clip(node);
  } else if (op == "BatchNormalization") {
    import_norm(node);
  } else if (op == "Add" && !is_constant(node.input(0)) && !is_constant(node.input(1))) {
    import_add(node);
  } else if (op == "Add" || op == "Sub" || op == "Mul" || op == "Div") {
    import_affine(node);
  } else {
    return false;
  }
  return true;
}

void OnnxImporter::import_clip(const OnnxNode& node) {
  const auto limit = [&](const char* attribute, std::size_t index, float otherwise) {
    if (node.has(attribute)) return node.float_or(attribute, otherwise);
    return node.input(index).empty() ? otherwise : real_number(node, index, "a limit");
  };
  const float low = limit("min", 1, -INFINITY), high = limit("max", 2, INFINITY);
  if (low == 0 && high == 6) return activate(node, NodeActivation::kRelu6);
  if (low == 0 && high > 3e38f) return activate(node, NodeActivation::kRelu);
  throw Error("limits {} and {}; expected 0 and 6, or only a lower limit of 0", low, high);
}

// The layer that can absorb an activation of `view`, or null. For a max-pool, the convolution before it.
OnnxLayer* OnnxImporter::active_layer(const OnnxView& view) {
  if (!view.alone || view.layer == kOnnxInput) return nullptr;
  OnnxLayer* layer = &result_.layers[static_cast<std::size_t>(view.layer)];
  if (layer->kind == OnnxLayerKind::kMaxPool && layer->reads_alone && layer->inputs.front() != kOnnxInput) {
    layer = &result_.layers[static_cast<std::size_t>(layer->inputs.front())];
  }
  const bool activates = layer->kind == OnnxLayerKind::kConv || layer->kind == OnnxLayerKind::kAdd;
  return activates && !layer->grid ? layer : nullptr;
}

void OnnxImporter::activate(const OnnxNode& node, NodeActivation activation) {
  OnnxView view = unpadded(node.input(0));
  OnnxLayer* layer = active_layer(view);
  if (layer == nullptr) {
    view = kept(node, std::move(view));
    layer = &result_.layers.back();
  }
  if (layer->activation != NodeActivation::kRelu6) layer->activation = activation;  // ReLU does not change a ReLU6
  set_output(node, std::move(view));
}

// The convolution that absorbs a scale and an offset per channel of `view`; a new one if necessary.
OnnxLayer& OnnxImporter::affine_layer(const OnnxNode& node, OnnxView& view) {
  if (view.alone && view.layer != kOnnxInput) {
    OnnxLayer& layer = result_.layers[static_cast<std::size_t>(view.layer)];
    const bool adds = node.op == "Add" && layer.whole_bias.empty();  // possible even with 8-bit weights
    const bool open = layer.kind == OnnxLayerKind::kConv && layer.activation == NodeActivation::kNone && !layer.norm &&
                      !layer.grid && (layer.scales.empty() || adds);
    if (open) return layer;
  }
  view = kept(node, std::move(view));
  return result_.layers.back();
}

void OnnxImporter::import_norm(const OnnxNode& node) {
  if (node.int_or("training_mode", 0) != 0) throw Error("training mode; export with model.eval()");
  OnnxNorm norm{.weight = reals(node, 1, "a scale"),
                .bias = reals(node, 2, "a bias"),
                .mean = reals(node, 3, "a mean"),
                .variance = reals(node, 4, "a variance"),
                .epsilon = node.float_or("epsilon", 1e-5f)};
  OnnxView view = unpadded(node.input(0));
  if (view.shape.size() < 2) throw Error("an input of {}; expected two dimensions or more", shape_text(view.shape));
  const auto channels = static_cast<std::size_t>(view.shape[1]);
  for (const auto* part : {&norm.weight, &norm.bias, &norm.mean, &norm.variance}) {
    if (part->size() != channels)
      throw Error("a batch-norm parameter of length {}; expected {}, one value per channel", part->size(), channels);
  }
  if (!(norm.epsilon >= 0 && norm.epsilon < 1))
    throw Error("epsilon {} is out of range; expected at least 0 and less than 1", norm.epsilon);
  view = placed(node, std::move(view)).view;  // makes dimension 1 the channels
  affine_layer(node, view).norm = std::move(norm);
  set_output(node, std::move(view));
}

void OnnxImporter::import_add(const OnnxNode& node) {
  OnnxView a = unpadded(node.input(0)), b = unpadded(node.input(1));
  if (a.shape != b.shape) throw Error("the operands have different shapes");
  if (a.layer == kOnnxInput) a = placed(node, std::move(a)).view;
  if (b.layer == kOnnxInput) b = placed(node, std::move(b)).view;
  const FeatureSize size = size_of_layer(a.layer);
  if (a.axes != b.axes || size != size_of_layer(b.layer)) throw Error("the operands have different axes");
  OnnxLayer layer{
      .kind = OnnxLayerKind::kAdd, .node = node.name, .inputs = {a.layer, b.layer}, .in = size, .out = size};
  a.layer = add_layer(std::move(layer));
  a.alone = true;
  set_output(node, std::move(a));
}

// One constant for all values or one per channel.
std::vector<float> OnnxImporter::channel_constants(const std::string& name, const OnnxView& view,
                                                   std::size_t channels) const {
  const OnnxTensor& tensor = *constants_.at(name);
  const std::vector<float> values = real_values(tensor);
  if (tensor.elements() == 1) return std::vector<float>(channels, values.front());
  const std::size_t rank = tensor.shape.size(), more = view.shape.size() - std::min(rank, view.shape.size());
  for (std::size_t i = 0; i < rank; ++i) {
    if (tensor.shape[i] == 1) continue;
    const bool along = rank <= view.shape.size() && view.axes[i + more] == std::vector{OnnxAxis::kChannels};
    if (!along || tensor.elements() != static_cast<std::int64_t>(channels)) {
      throw Error("a constant of {}; expected one value, or one for each channel", shape_text(tensor.shape));
    }
  }
  return values;
}

void OnnxImporter::import_affine(const OnnxNode& node) {
  const bool constant_first = is_constant(node.input(0));
  const std::string &activation = node.input(constant_first ? 1 : 0), &other = node.input(constant_first ? 0 : 1);
  if (!is_constant(other)) throw Error("both inputs are activations; expected one constant");
  if (constant_first && node.op == "Div") throw Error("cannot divide a constant by an activation");
  OnnxView view = unpadded(activation);
  OnnxLayer& layer = affine_layer(node, view);
  const std::size_t channels = layer.bias.size(), taps = layer.weights.size() / channels;
  const std::vector<float> constants = channel_constants(other, view, channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const bool factor = node.op == "Mul" || node.op == "Div", negated = node.op == "Sub" && constant_first;
    const float scale = node.op == "Mul" ? constants[c] : node.op == "Div" ? 1 / constants[c] : negated ? -1.0f : 1.0f;
    const float term = factor ? 0 : node.op == "Sub" && !constant_first ? -constants[c] : constants[c];
    for (std::size_t i = 0; scale != 1 && i < taps; ++i) layer.weights[c * taps + i] *= scale;
    layer.bias[c] = layer.bias[c] * scale + term;
  }
  set_output(node, std::move(view));
}

}  // namespace stapes
