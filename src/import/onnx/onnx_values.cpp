// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_values.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace stapes {
namespace {

constexpr std::size_t kMaxOnnxLayers = 1000, kMaxOnnxWeights = std::size_t{1} << 26;

}  // namespace

OnnxValues::OnnxValues(const OnnxGraph& graph) : graph_(graph) {
  count_readers();
  quantized_ = std::ranges::any_of(graph_.nodes, [](const OnnxNode& node) { return node.op == "DequantizeLinear"; });
  add_input();
  for (const auto& [name, tensor] : graph_.constants) constants_[name] = &tensor;
  find_channels();
}

// Finds the channel dimension of the input. Exporters of channels-last networks insert a transpose before the first
// convolution, often after pointwise nodes.
void OnnxValues::find_channels() {
  constexpr std::array kPassed = {"Identity",        "Cast", "Sub", "Add", "Mul", "Div", "Pad", "QuantizeLinear",
                                  "DequantizeLinear"};
  constexpr std::array kDecide = {"Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "BatchNormalization"};
  std::string name = graph_.inputs.front().name;
  OnnxView view = values_.at(name);
  if (view.shape.size() != 4) return;
  std::vector<std::int64_t> dims = {0, 1, 2, 3};  // of the input
  for (const OnnxNode& node : graph_.nodes) {
    if (node.inputs.empty() || node.outputs.empty() || node.inputs.front() != name) continue;
    if (node.op == "Transpose") {
      const std::vector<std::int64_t> order = node.ints_or("perm", {3, 2, 1, 0}), before = dims;
      if (order.size() != 4) return;
      for (std::size_t i = 0; i < 4; ++i) dims[i] = before[dimension_of(order[i], 4)];
    } else if (std::ranges::find(kDecide, node.op) != kDecide.end()) {
      std::vector<OnnxAxis> wanted(3, OnnxAxis::kChannels);
      const std::vector<OnnxAxis> usual = usual_dims(permuted(view, dims));
      for (std::size_t i = 1; i < 4; ++i) {
        if (dims[i] < 1) return;  // the batch dimension was moved
        wanted[static_cast<std::size_t>(dims[i]) - 1] = usual[i - 1];
      }
      return bind_input(view, wanted);
    } else if (std::ranges::find(kPassed, node.op) == kPassed.end()) {
      return;
    }
    name = node.outputs.front();
  }
}

OnnxView OnnxValues::kept(const OnnxNode& node, OnnxView view) {
  if (view.layer == kOnnxInput && view.shape.size() <= 4) bind_input(view, usual_dims(view));
  view.layer = add_layer(keeping_layer(node.name, view.layer, size_of_layer(view.layer)));
  view.alone = true;
  return view;
}

void OnnxValues::check_size() const {
  if (result_.layers.size() > kMaxOnnxLayers) throw Error("more than {} layers", kMaxOnnxLayers);
  if (weights_ > kMaxOnnxWeights) throw Error("more than {} weights", kMaxOnnxWeights);
}

void OnnxValues::add_input() {
  if (graph_.inputs.size() != 1) throw Error("{} inputs; expected one", graph_.inputs.size());
  const OnnxInput& input = graph_.inputs.front();
  if (input.type != OnnxType::kFloat && input.type != OnnxType::kInt8 && input.type != OnnxType::kUint8) {
    throw Error("input '{}' is not float32, int8 or uint8", input.name);
  }
  const std::size_t rank = input.shape.size();
  if (rank < 2 || rank > 4) throw Error("input '{}' has rank {}; expected 2 to 4", input.name, rank);
  std::vector<std::int64_t> shape = {1};
  if (input.shape.front().size > 1) {
    throw Error("input '{}' has a batch of {}; export with a batch of 1 or a dynamic one", input.name,
                input.shape.front().size);
  }
  for (std::size_t i = 1; i < rank; ++i) {
    if (input.shape[i].size == 0) {
      throw Error("input '{}': dimension {} ('{}') is dynamic; only the batch may be dynamic", input.name, i,
                  input.shape[i].symbol);
    }
    if (input.shape[i].size > kMaxWindowSamples) {
      throw Error("input '{}' has a dimension of {}; expected at most {}", input.name, input.shape[i].size,
                  kMaxWindowSamples);
    }
    shape.push_back(input.shape[i].size);
  }
  const auto size = [&](std::size_t i) { return i < rank ? static_cast<int>(shape[i]) : 1; };
  result_.input = rank == 4 ? FeatureSize{size(2), size(3), size(1)} : FeatureSize{1, size(2), size(1)};
  result_.input_dims = rank == 4 ? std::vector<int>{2, 3, 1} : std::vector<int>{-1, rank == 3 ? 2 : -1, 1};
  OnnxView view = channels_first(kOnnxInput, result_.input, rank);
  view.alone = readers_[input.name] == 1;
  values_[input.name] = std::move(view);
}

const OnnxView& OnnxValues::value(const std::string& name) const {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  if (name.empty()) throw Error("an input is missing");
  if (is_constant(name)) throw Error("reads the constant '{}'; expected an activation", name);
  throw Error("reads '{}', which no earlier node computes; the graph may have a cycle", name);
}

OnnxView OnnxValues::computed(const std::string& name) const {
  const OnnxView& view = value(name);
  if (view.probabilities) throw Error("reads probabilities; softmax and sigmoid are supported at the output only");
  return view;
}

OnnxView OnnxValues::unpadded(const std::string& name) const {
  OnnxView view = computed(name);
  if (view.pads != std::array<AxisPads, 2>{})
    throw Error("reads padded values; padding is supported only before a convolution");
  return view;
}

const OnnxTensor& OnnxValues::constant(const OnnxNode& node, std::size_t index, const char* what) const {
  const std::string& name = node.input(index);
  const auto found = constants_.find(name);
  if (found != constants_.end()) return *found->second;
  if (name.empty()) throw Error("missing input: {}", what);
  throw Error("{} computed at run time; expected a constant", what);
}

const std::vector<float>& OnnxValues::reals(const OnnxNode& node, std::size_t index, const char* what) const {
  const OnnxTensor& tensor = constant(node, index, what);
  if (!tensor.is_real()) throw Error("{} is not float32", what);
  return tensor.reals;
}

float OnnxValues::real_number(const OnnxNode& node, std::size_t index, const char* what) const {
  const std::vector<float>& values = reals(node, index, what);
  if (values.size() != 1) throw Error("{} of {} values; expected one", what, values.size());
  return values.front();
}

std::vector<std::int64_t> OnnxValues::whole_numbers(const OnnxNode& node, std::size_t index, const char* what) const {
  const OnnxTensor& tensor = constant(node, index, what);
  if (tensor.is_real() || tensor.shape.size() > 1) throw Error("{}: expected a list of integers", what);
  return tensor.integers;
}

std::vector<std::int64_t> OnnxValues::listed(const OnnxNode& node, const char* attribute, std::size_t index) const {
  if (node.has(attribute)) return node.ints_or(attribute, {});
  return node.input(index).empty() ? std::vector<std::int64_t>{} : whole_numbers(node, index, attribute);
}

void OnnxValues::set_output(const OnnxNode& node, OnnxView view) {
  if (node.outputs.empty() || node.outputs.front().empty()) throw Error("the node has no output");
  for (std::size_t i = 1; i < node.outputs.size(); ++i) {
    if (readers_[node.outputs[i]] > 0)
      throw Error("output {} (counting from 0) is read; only output 0 is supported", i);
  }
  view.alone = view.alone && readers_[node.outputs.front()] == 1;
  values_[node.outputs.front()] = std::move(view);
}

void OnnxValues::set_constant(const OnnxNode& node, OnnxTensor tensor) {
  if (node.outputs.size() != 1) throw Error("{} outputs; expected one", node.outputs.size());
  weights_ += static_cast<std::size_t>(tensor.elements());
  constants_[node.outputs.front()] = &folded_.emplace(node.outputs.front(), std::move(tensor)).first->second;
}

const FeatureSize& OnnxValues::size_of_layer(int layer) const {
  return layer == kOnnxInput ? result_.input : result_.layers[static_cast<std::size_t>(layer)].out;
}

void OnnxValues::bind_input(OnnxView& view, const std::vector<OnnxAxis>& wanted_dims) {
  if (input_bound_ || view.layer != kOnnxInput) return;
  input_bound_ = true;
  std::map<OnnxAxis, OnnxAxis> moved;
  for (std::size_t i = 0; i < wanted_dims.size(); ++i) {
    if (view.axes[i + 1].size() > 1) return;  // flattened: placed() will throw
    for (const OnnxAxis axis : view.axes[i + 1]) moved[axis] = wanted_dims[i];
  }
  FeatureSize size{1, 1, 1};
  std::vector<int> dims(3, -1);
  for (const auto& [from, to] : moved) {
    size_of(size, to) = size_of(result_.input, from);
    dims[static_cast<std::size_t>(to)] = result_.input_dims[static_cast<std::size_t>(from)];
  }
  const auto move = [&](OnnxView& any) {
    for (auto& axes : any.axes) {
      for (OnnxAxis& axis : axes) axis = moved.at(axis);
    }
  };
  for (auto& [name, other] : values_) {
    if (other.layer == kOnnxInput) move(other);
  }
  move(view);
  result_.input = size;
  result_.input_dims = dims;
}

OnnxPlaced OnnxValues::placed(const OnnxNode& node, OnnxView view) {
  const std::size_t rank = view.shape.size();
  if (rank < 2 || rank > 4 || view.shape.front() != 1) {
    throw Error("reads {}; expected [1, channels], [1, channels, width] or [1, channels, height, width]",
                shape_text(view.shape));
  }
  bind_input(view, usual_dims(view));
  for (const auto& axes : view.axes) {
    if (axes.size() > 1) throw Error("reads a flattened dimension, which is not supported");
  }
  const auto is_channels = [](const auto& axes) { return !axes.empty() && axes.front() == OnnxAxis::kChannels; };
  if (view.axes[1].empty() && std::any_of(view.axes.begin() + 2, view.axes.end(), is_channels)) {
    view = transposed_channels(node, std::move(view));
  }
  if (!view.axes[1].empty() && !is_channels(view.axes[1])) {
    throw Error("reads height or width as channels; only (1, W, C) can become (C, W, 1)");
  }
  OnnxPlaced result{.view = view, .size = size_of_layer(view.layer), .dims = {}};
  for (std::size_t i = 2; i < rank; ++i) {
    const std::size_t other = rank == 4 ? 5 - i : i;
    const auto axis_at = [&](std::size_t dim) { return view.axes[dim].front(); };
    OnnxAxis axis = i == 2 && rank == 4 ? OnnxAxis::kHeight : OnnxAxis::kWidth;
    if (!view.axes[i].empty()) {
      axis = axis_at(i);
    } else if (!view.axes[other].empty()) {
      axis = axis_at(other) == OnnxAxis::kHeight ? OnnxAxis::kWidth : OnnxAxis::kHeight;
    }
    result.dims.push_back(axis);
  }
  return result;
}

int OnnxValues::add_layer(OnnxLayer layer) {
  weights_ += layer.weights.size();
  result_.layers.push_back(std::move(layer));
  return static_cast<int>(result_.layers.size()) - 1;
}

OnnxView OnnxValues::output_like(const OnnxPlaced& in, int layer) const {
  const FeatureSize& size = size_of_layer(layer);
  OnnxView view{.layer = layer, .shape = {1, size.channels}, .axes = {{}, {}}, .pads = {}};
  if (size.channels > 1) view.axes[1].push_back(OnnxAxis::kChannels);
  for (const OnnxAxis axis : in.dims) {
    view.shape.push_back(size_of(size, axis));
    view.axes.emplace_back();
    if (view.shape.back() > 1) view.axes.back().push_back(axis);
  }
  return view;
}

// Shape nodes do not count as readers.
void OnnxValues::count_readers() {
  for (const OnnxNode& node : graph_.nodes) {
    if (node.op == "Shape") continue;
    for (const std::string& name : node.inputs) ++readers_[name];
  }
  for (const std::string& name : graph_.outputs) ++readers_[name];
}

// A convolution reads [1, channels, height, width]; a one-dimensional convolution runs along the width.
std::vector<OnnxAxis> OnnxValues::usual_dims(const OnnxView& view) const {
  std::vector<OnnxAxis> dims = {OnnxAxis::kChannels};
  const bool flat = view.shape.size() == 3 || (view.shape.size() == 4 && view.shape[3] == 1);
  if (view.shape.size() > 2) dims.push_back(flat ? OnnxAxis::kWidth : OnnxAxis::kHeight);
  if (view.shape.size() > 3) dims.push_back(flat ? OnnxAxis::kHeight : OnnxAxis::kWidth);
  return dims;
}

// (1, W, C) -> (C, W, 1)
OnnxView OnnxValues::transposed_channels(const OnnxNode& node, OnnxView view) {
  const FeatureSize from = size_of_layer(view.layer);
  if (from.height != 1) throw Error("transposes {} rows; only (1, W, C) can become (C, W, 1)", from.height);
  OnnxLayer layer{.kind = OnnxLayerKind::kTranspose,
                  .node = node.name,
                  .inputs = {view.layer},
                  .in = from,
                  .out = {from.channels, from.width, 1}};
  layer.reads_alone = view.alone;
  view.layer = add_layer(std::move(layer));
  for (auto& axes : view.axes) {
    for (OnnxAxis& axis : axes) axis = axis == OnnxAxis::kChannels ? OnnxAxis::kHeight : axis;
  }
  return view;
}

}  // namespace stapes
