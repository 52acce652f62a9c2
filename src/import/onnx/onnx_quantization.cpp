// SPDX-License-Identifier: Apache-2.0
// onnx_quantization.cpp: QuantizeLinear and DequantizeLinear (QDQ): which tensors have 8 bits, and on which grid.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "import/onnx/onnx_importer.h"

namespace stapes {
std::vector<float> numbers_of(const OnnxTensor& tensor, const char* what) {
  if (tensor.is_real()) return tensor.reals;
  const auto fits = [](std::int64_t q) { return q >= -128 && q <= 127; };
  if (!tensor.is_quantized() || !std::ranges::all_of(tensor.integers, fits)) {
    throw Error("the {} are neither float32 nor quantized to 8 bits", what);
  }
  return {tensor.integers.begin(), tensor.integers.end()};
}

std::vector<float> filter_scales(const OnnxTensor& tensor, std::size_t filter_axis, int filters) {
  if (!tensor.is_quantized()) return {};
  if (tensor.scales.size() == 1) return std::vector<float>(static_cast<std::size_t>(filters), tensor.scales.front());
  if (tensor.axis == filter_axis) return tensor.scales;
  throw Error("weights with scales along dimension {}; expected {}", tensor.axis, filter_axis);
}

void OnnxImporter::set_weights(OnnxLayer& layer, const OnnxTensor& tensor, std::size_t filter_axis) const {
  layer.weights = numbers_of(tensor, "weights");
  layer.scales = filter_scales(tensor, filter_axis, layer.out.channels);
}

// Input 2 of a Conv or Gemm.
void OnnxImporter::set_bias(const OnnxNode& node, OnnxLayer& layer) const {
  const auto filters = static_cast<std::size_t>(layer.out.channels);
  layer.bias.assign(filters, 0.0f);
  if (node.op == "MatMul" || node.input(2).empty()) return;
  const OnnxTensor& tensor = constant(node, 2, "a bias");
  if (!tensor.is_quantized()) {
    const std::vector<float>& values = reals(node, 2, "a bias");
    if (values.size() != filters && values.size() != 1)
      throw Error("a bias of {} values; expected one per filter", values.size());
    const float beta = node.float_or("beta", 1);
    for (std::size_t o = 0; o < filters; ++o) layer.bias[o] = beta * values[values.size() == 1 ? 0 : o];
    return;
  }
  if (tensor.integers.size() != filters || node.float_or("beta", 1) != 1) {
    throw Error("a quantized bias of length {} with beta {}; expected one value per filter and beta 1",
                tensor.integers.size(), node.float_or("beta", 1));
  }
  layer.whole_bias = tensor.integers;
  layer.bias_scales = filter_scales(tensor, 0, layer.out.channels);
  for (std::size_t o = 0; o < filters; ++o) {
    layer.bias[o] = static_cast<float>(tensor.integers[o]) * layer.bias_scales[o];
  }
}

Int8Grid OnnxImporter::grid_of_node(const OnnxNode& node) const {
  const float scale = real_number(node, 1, "a scale");
  if (!std::isfinite(scale) || scale <= 0) throw Error("scale {} is not a positive number", scale);
  if (node.input(2).empty()) return {scale, -kUint8Shift};  // default zero point: 0 as uint8
  const OnnxTensor& zero = constant(node, 2, "a zero point");
  const bool bytes = zero.type == OnnxType::kInt8 || zero.type == OnnxType::kUint8;
  if (!bytes || zero.integers.size() != 1) throw Error("the zero point is not a single int8 or uint8 value");
  return {scale, static_cast<int>(zero.integers.front()) - (zero.type == OnnxType::kUint8 ? kUint8Shift : 0)};
}

bool OnnxImporter::import_quantization(const OnnxNode& node) {
  if (node.op != "QuantizeLinear" && node.op != "DequantizeLinear") return false;
  OnnxView view = value(node.input(0));
  const Int8Grid grid = grid_of_node(node);
  if (view.probabilities) {  // kept only on the supported grid
    const bool stays = node.op == "QuantizeLinear" && grid == kProbabilityGrid && view.made_by != "LogSoftmax";
    set_output(node, stays ? quantized_probabilities(node, std::move(view)) : std::move(view));
    return true;
  }
  if (node.op == "QuantizeLinear") {
    set_output(node, on_grid(node, std::move(view), grid));
    return true;
  }
  const bool opens = view.layer == kOnnxInput && !result_.input_grid && graph_.inputs.front().type != OnnxType::kFloat;
  if (opens) result_.input_grid = grid;
  const std::optional<Int8Grid> current = result_.grid_of(view.layer);
  if (!current) throw Error("its input is not quantized");
  if (*current != grid) throw Error("the scale or zero point differs from the one used to quantize its input");
  set_output(node, std::move(view));
  return true;
}

// Max-pools and transposes commute with rounding, so their input gets the same grid.
void OnnxImporter::set_grid(int layer, const Int8Grid& grid) {
  if (layer == kOnnxInput) {
    result_.input_grid = grid;
    return;
  }
  OnnxLayer& at = result_.layers[static_cast<std::size_t>(layer)];
  if (!at.keeps_grid()) {
    at.grid = grid;
    return;
  }
  if (at.kind == OnnxLayerKind::kAveragePool || !at.reads_alone)
    throw Error("the input of node {} is not quantized", at.node);
  set_grid(at.inputs.front(), grid);
}

// The average pool that computes `view` and may still get its own grid; otherwise null.
OnnxLayer* OnnxImporter::unquantized_mean(const OnnxView& view) {
  if (!view.alone || view.layer == kOnnxInput) return nullptr;
  OnnxLayer& layer = result_.layers[static_cast<std::size_t>(view.layer)];
  const bool open = layer.kind == OnnxLayerKind::kAveragePool && !layer.grid && layer.pools_side_by_side();
  return open ? &layer : nullptr;
}

OnnxView OnnxImporter::on_grid(const OnnxNode& node, OnnxView view, const Int8Grid& grid) {
  const std::optional<Int8Grid> current = result_.grid_of(view.layer);
  if (current == grid) return view;
  if (!current) {
    if (!view.alone) throw Error("other nodes read its input unquantized");
    set_grid(view.layer, grid);
    return view;
  }
  if (OnnxLayer* mean = unquantized_mean(view)) {
    mean->grid = grid;
    return view;
  }
  view = kept(node, std::move(view));
  OnnxLayer& layer = result_.layers.back();
  layer.scales.assign(layer.weights.size(), 1.0f);
  layer.grid = grid;
  return view;
}

OnnxView OnnxImporter::quantized_probabilities(const OnnxNode& node, OnnxView view) {
  const FeatureSize size = size_of_layer(view.layer);
  const auto kind = view.made_by == "Sigmoid" ? OnnxLayerKind::kLogistic : OnnxLayerKind::kSoftmax;
  OnnxLayer layer{.kind = kind, .node = node.name, .inputs = {view.layer}, .in = size, .out = size};
  layer.grid = kProbabilityGrid;
  view.layer = add_layer(std::move(layer));
  view.alone = true;
  view.probabilities = false;
  return view;
}

}  // namespace stapes
