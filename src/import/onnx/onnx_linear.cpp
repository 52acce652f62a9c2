// SPDX-License-Identifier: Apache-2.0
// onnx_linear.cpp: matrix products.
#include <algorithm>

#include "base/error.h"
#include "import/onnx/onnx_importer.h"

namespace stapes {

// Weights as [out][in].
std::vector<float> OnnxImporter::linear_weights(const OnnxNode& node, std::int64_t& outs) const {
  const OnnxTensor& tensor = constant(node, 1, "weights");
  std::vector<float> values = numbers_of(tensor, "weights");
  if (tensor.shape.size() != 2) throw Error("weights of {}; expected two dimensions", shape_text(tensor.shape));
  const bool turned = node.op == "Gemm" && node.int_or("transB", 0) != 0;
  outs = tensor.shape[turned ? 0 : 1];
  const std::int64_t ins = tensor.shape[turned ? 1 : 0];
  if (outs < 1 || outs > kMaxWidth || ins < 1) throw Error("unsupported weights of {}", shape_text(tensor.shape));
  if (!turned) {
    const std::vector<float> from = values;
    const auto rows = static_cast<std::size_t>(ins), columns = static_cast<std::size_t>(outs);
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t o = 0; o < columns; ++o) values[o * rows + i] = from[i * columns + o];
  }
  if (const float alpha = node.float_or("alpha", 1); node.op == "Gemm" && alpha != 1) {
    if (tensor.is_quantized()) throw Error("alpha {} with quantized weights; expected 1", alpha);
    for (float& value : values) value *= alpha;
  }
  return values;
}

// A linear layer over all values, or over the channels at every position.
void OnnxImporter::import_linear(const OnnxNode& node) {
  if (node.op == "Gemm" && node.int_or("transA", 0) != 0) throw Error("a transposed input is not supported");
  std::int64_t outs = 0;
  const std::vector<float> weights = linear_weights(node, outs);
  OnnxView view = unpadded(node.input(0));
  const std::size_t rank = view.shape.size();
  if (rank < 2) throw Error("an input of {}; expected two dimensions or more", shape_text(view.shape));
  bind_linear_input(view);
  const FeatureSize size = size_of_layer(view.layer);
  const std::int64_t ins = view.shape.back();
  if (static_cast<std::int64_t>(weights.size()) != ins * outs)
    throw Error("the weights do not fit an input of {} values", ins);
  OnnxLayer layer{.node = node.name, .inputs = {view.layer}, .in = size, .out = size};
  layer.out.channels = static_cast<int>(outs);
  layer.reads_alone = view.alone;
  if (ins == size.values()) {
    layer.h.kernel = size.height;
    layer.w.kernel = size.width;
    layer.out.height = layer.out.width = 1;
    if (std::max(size.height, size.width) > kMaxWidth)
      throw Error("reads {} x {} positions; expected at most {} along each axis", size.height, size.width, kMaxWidth);
    set_linear_weights(layer, view.axes.back(), weights);
  } else if (ins == size.channels && (ins == 1 || view.axes.back().front() == OnnxAxis::kChannels)) {
    layer.weights = weights;
  } else {
    throw Error("the product is not along the channels of {}", shape_text(view.shape));
  }
  const OnnxTensor& tensor = constant(node, 1, "weights");
  layer.scales = filter_scales(tensor, node.op == "Gemm" && node.int_or("transB", 0) != 0 ? 0 : 1, layer.out.channels);
  set_bias(node, layer);
  OnnxView out = view;
  out.layer = add_layer(std::move(layer));
  out.alone = true;
  out.shape.back() = outs;
  out.axes.back().clear();
  if (outs > 1) out.axes.back().push_back(OnnxAxis::kChannels);
  set_output(node, std::move(out));
}

// Makes the last dimension the channels; leaves a flattened input unchanged.
void OnnxImporter::bind_linear_input(OnnxView& view) {
  const std::size_t rank = view.shape.size();
  if (rank > 4 || view.axes.back().size() > 1 || !view.axes.front().empty()) {
    input_bound_ = input_bound_ || view.layer == kOnnxInput;
    return;
  }
  std::vector<OnnxAxis> dims = {OnnxAxis::kChannels};
  if (rank == 3) dims = {OnnxAxis::kWidth, OnnxAxis::kChannels};
  if (rank == 4) dims = {OnnxAxis::kHeight, OnnxAxis::kWidth, OnnxAxis::kChannels};
  bind_input(view, dims);
}

}  // namespace stapes
