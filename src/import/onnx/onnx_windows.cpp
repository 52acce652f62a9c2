// SPDX-License-Identifier: Apache-2.0
// onnx_windows.cpp: the nodes that read windows of height and width.
#include <algorithm>

#include "base/error.h"
#include "import/onnx/onnx_importer.h"

namespace stapes {
namespace {

// [kernel_w][kernel_h] -> [kernel_h][kernel_w] of every filter and channel.
void exchange_taps(OnnxLayer& layer) {
  const auto height = static_cast<std::size_t>(layer.h.kernel), width = static_cast<std::size_t>(layer.w.kernel);
  const std::vector<float> from = layer.weights;
  for (std::size_t first = 0; first < from.size(); first += height * width) {
    for (std::size_t y = 0; y < height; ++y)
      for (std::size_t x = 0; x < width; ++x) layer.weights[first + y * width + x] = from[first + x * height + y];
  }
}

void set_windows(OnnxLayer& layer, const OnnxPlaced& in, const std::vector<AxisWindow>& windows) {
  layer.h = layer.w = {};
  for (std::size_t i = 0; i < windows.size(); ++i) {
    (in.dims[i] == OnnxAxis::kHeight ? layer.h : layer.w) = windows[i];
  }
  for (const auto& [window, axis] : {std::pair{&layer.h, 0}, std::pair{&layer.w, 1}}) {
    const AxisPads& more = in.view.pads[static_cast<std::size_t>(axis)];
    window->pads.before += more.before;
    window->pads.after += more.after;
  }
  layer.in = in.size;
  layer.out.height = windowed_size(layer.h, in.size.height);
  layer.out.width = windowed_size(layer.w, in.size.width);
}

void check_pool(const OnnxNode& node, const OnnxLayer& layer, bool quantized) {
  for (const AxisWindow& window : {layer.h, layer.w}) {
    if (window.pads.before < window.kernel && window.pads.after < window.kernel) continue;
    throw Error("padding {} and {} is too large for windows of {}", window.pads.before, window.pads.after,
                window.kernel);
  }
  if (layer.kind == OnnxLayerKind::kMaxPool || layer.pools_side_by_side()) return;
  if (!quantized) {
    throw Error("windows of {} x {} with strides {} x {}; expected adjacent windows without padding", layer.h.kernel,
                layer.w.kernel, layer.h.stride, layer.w.stride);
  }
  if (node.int_or("count_include_pad", 0) != 0)
    throw Error("count_include_pad is not 0; a mean that counts padding is not supported");
}

}  // namespace

bool OnnxImporter::import_window(const OnnxNode& node) {
  const std::string& op = node.op;
  if (op == "Conv") {
    import_conv(node);
  } else if (op == "MaxPool" || op == "AveragePool") {
    import_pool(node);
  } else if (op == "GlobalAveragePool" || op == "ReduceMean") {
    import_mean(node);
  } else if (op == "Pad") {
    import_pad(node);
  } else {
    return false;
  }
  return true;
}

void OnnxImporter::import_conv(const OnnxNode& node) {
  const OnnxTensor& weights = constant(node, 1, "weights");
  const OnnxPlaced in = placed(node, computed(node.input(0)));
  const std::size_t rank = in.view.shape.size();
  if (weights.shape.size() != rank || rank < 3)
    throw Error("weights of {} for an input of {}; expected equal ranks of at least 3", shape_text(weights.shape),
                shape_text(in.view.shape));
  const std::int64_t groups = node.int_or("group", 1), filters = weights.shape[0];
  if (filters < 1 || filters > kMaxWidth) throw Error("{} filters; expected 1 to {}", filters, kMaxWidth);
  if (groups < 1 || weights.shape[1] < 1 || groups > in.size.channels || filters % groups != 0 ||
      weights.shape[1] * groups != in.size.channels) {
    throw Error("group = {} and weights of {} do not fit the number of input channels, {}", groups,
                shape_text(weights.shape), in.size.channels);
  }
  OnnxLayer layer{.node = node.name, .inputs = {in.view.layer}};
  const std::vector<std::int64_t> sizes(in.view.shape.begin() + 2, in.view.shape.end());
  set_windows(layer, in, windows_of(node, sizes, {weights.shape.begin() + 2, weights.shape.end()}));
  layer.out.channels = static_cast<int>(filters);
  layer.groups = static_cast<int>(groups);
  set_weights(layer, weights, 0);
  const bool exchanged = rank == 4 && in.dims.front() == OnnxAxis::kWidth;
  if (exchanged) exchange_taps(layer);
  set_bias(node, layer);
  layer.reads_alone = in.view.alone;
  set_output(node, output_like(in, add_layer(std::move(layer))));
}

void OnnxImporter::import_pool(const OnnxNode& node) {
  const OnnxPlaced in = placed(node, unpadded(node.input(0)));
  if (in.dims.empty()) throw Error("reads {}; expected three dimensions or more", shape_text(in.view.shape));
  OnnxLayer layer{.kind = node.op == "MaxPool" ? OnnxLayerKind::kMaxPool : OnnxLayerKind::kAveragePool,
                  .node = node.name,
                  .inputs = {in.view.layer}};
  const std::vector<std::int64_t> sizes(in.view.shape.begin() + 2, in.view.shape.end());
  set_windows(layer, in, windows_of(node, sizes, {}));
  layer.out.channels = in.size.channels;
  check_pool(node, layer, quantized_);
  layer.reads_alone = in.view.alone;
  set_output(node, output_like(in, add_layer(std::move(layer))));
}

void OnnxImporter::import_mean(const OnnxNode& node) {
  OnnxView view = unpadded(node.input(0));
  const std::vector<std::size_t> dims = averaged_dimensions(node, view.shape.size());
  // Height and width can be averaged in any layout, channels only if placed() transposes them to rows.
  const bool over_channels = std::ranges::any_of(dims, [&](std::size_t dim) {
    return std::ranges::find(view.axes[dim], OnnxAxis::kChannels) != view.axes[dim].end();
  });
  if (view.layer == kOnnxInput || over_channels) view = placed(node, std::move(view)).view;
  const FeatureSize size = size_of_layer(view.layer);
  OnnxLayer layer{
      .kind = OnnxLayerKind::kAveragePool, .node = node.name, .inputs = {view.layer}, .in = size, .out = size};
  for (const std::size_t dim : dims) {
    for (const OnnxAxis axis : view.axes[dim]) {
      if (axis == OnnxAxis::kChannels) throw Error("a mean over channels is not supported");
      size_of(layer.out, axis) = 1;
      AxisWindow& window = axis == OnnxAxis::kHeight ? layer.h : layer.w;
      window.kernel = window.stride = size_of(size, axis);
    }
    view.axes[dim].clear();
    view.shape[dim] = 1;
  }
  if (layer.h.kernel * layer.w.kernel > 1) {
    layer.reads_alone = view.alone;
    view.layer = add_layer(std::move(layer));
    view.alone = true;
  }
  if (node.op == "ReduceMean" && node.int_or("keepdims", 1) == 0) {
    view = reshaped(view, squeezed_shape(view.shape, {dims.begin(), dims.end()}), size_of_layer(view.layer));
  }
  set_output(node, std::move(view));
}

// The axes of a ReduceMean; for a GlobalAveragePool, all axes after the channels.
std::vector<std::size_t> OnnxImporter::averaged_dimensions(const OnnxNode& node, std::size_t rank) const {
  std::vector<std::size_t> dims;
  if (node.op == "ReduceMean") {
    for (const std::int64_t dim : listed(node, "axes", 1)) dims.push_back(dimension_of(dim, rank));
    if (dims.empty()) throw Error("a mean over all dimensions is not supported");
  } else {
    for (std::size_t i = 2; i < rank; ++i) dims.push_back(i);
  }
  return dims;
}

void OnnxImporter::import_pad(const OnnxNode& node) {
  if (node.text_or("mode", "constant") != "constant")
    throw Error("padding mode '{}'; expected constant", node.text_or("mode", ""));
  const bool by_input = !node.input(2).empty();
  const float fill = by_input ? real_number(node, 2, "a padding value") : node.float_or("value", 0);
  if (fill != 0) throw Error("padding value {}; expected 0", fill);
  if (!node.input(3).empty()) throw Error("padding of selected axes; expected pads for all dimensions");
  OnnxPlaced in = placed(node, unpadded(node.input(0)));
  const std::vector<std::int64_t> pads = listed(node, "pads", 1);
  const std::size_t rank = in.view.shape.size();
  if (pads.size() != 2 * rank) throw Error("{} pads do not fit a tensor of {}", pads.size(), shape_text(in.view.shape));
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t before = pads[i], after = pads[rank + i];
    if (before < 0 || after < 0 || before > kMaxWidth || after > kMaxWidth)
      throw Error("padding {} and {} is out of range; expected 0 to {}", before, after, kMaxWidth);
    if (before == 0 && after == 0) continue;
    if (i < 2) throw Error("padding of the batch or the channels is not supported");
    auto& padded = in.view.pads[in.dims[i - 2] == OnnxAxis::kHeight ? 0 : 1];
    padded = {static_cast<int>(before), static_cast<int>(after)};
  }
  set_output(node, std::move(in.view));
}

}  // namespace stapes
