// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "import/onnx/onnx_constants.h"

namespace stapes {
namespace {

constexpr std::size_t kMostOnnxLayers = 1000, kMostOnnxWeights = std::size_t{1} << 26;

bool is_one_of(const std::string& op, std::initializer_list<const char*> names) {
  return std::ranges::find(names, op) != names.end();
}

// A tensor laid out as a convolution reads it.
struct Placed {
  OnnxView view;
  FeatureSize size;
  std::vector<OnnxAxis> dims;  // the axis of each dimension behind the channels
};

class OnnxImporter {
 public:
  explicit OnnxImporter(const OnnxGraph& graph) : graph_(graph) {}

  OnnxImport run() {
    count_readers();
    add_input();
    for (const auto& [name, tensor] : graph_.constants) constants_[name] = &tensor;
    for (const OnnxNode& node : graph_.nodes) {
      check_size();
      try {
        check_outputs(node);
        if (!reads_broken(node)) import(node);
      } catch (const Error& error) {
        note_problem(node, error.what());
      }
    }
    if (!problems_.empty()) throw Error("{}", fmt::join(problems_, "; "));
    finish();
    return std::move(result_);
  }

 private:
  // How often each tensor is read; asking for its shape is not reading.
  void count_readers() {
    for (const OnnxNode& node : graph_.nodes) {
      if (node.op == "Shape") continue;
      for (const std::string& name : node.inputs) ++readers_[name];
    }
    for (const std::string& name : graph_.outputs) ++readers_[name];
  }

  void check_size() const {
    if (result_.layers.size() > kMostOnnxLayers) throw Error("more than {} layers", kMostOnnxLayers);
    if (weights_ > kMostOnnxWeights) throw Error("more than {} weights", kMostOnnxWeights);
  }

  void check_outputs(const OnnxNode& node) {
    for (const std::string& name : node.outputs) {
      if (name.empty()) continue;
      if (!given_.insert(name).second || graph_.constants.contains(name)) throw Error("'{}' has two sources", name);
    }
  }

  // Said once, where it broke.
  bool reads_broken(const OnnxNode& node) {
    const bool broken = std::ranges::any_of(node.inputs, [&](const auto& name) { return broken_.contains(name); });
    if (broken) broken_.insert(node.outputs.begin(), node.outputs.end());
    return broken;
  }

  void note_problem(const OnnxNode& node, const std::string& what) {
    std::vector<std::string> shapes;
    for (const std::string& name : node.inputs) {
      if (const auto value = values_.find(name); value != values_.end()) shapes.push_back(shape_text(value->second.shape));
      if (const auto known = constants_.find(name); known != constants_.end()) {
        shapes.push_back(shape_text(known->second->shape));
      }
    }
    problems_.push_back(fmt::format("node {} ({} of {}): {}", node.name, node.op, fmt::join(shapes, ", "), what));
    broken_.insert(node.outputs.begin(), node.outputs.end());
  }

  void add_input() {
    if (graph_.inputs.size() != 1) throw Error("{} inputs; expected one", graph_.inputs.size());
    const OnnxInput& input = graph_.inputs.front();
    if (input.type != OnnxType::kFloat) throw Error("input '{}' is not float32", input.name);
    const std::size_t rank = input.shape.size();
    if (rank < 2 || rank > 4) throw Error("input '{}' has {} dimensions; expected 2 to 4", input.name, rank);
    std::vector<std::int64_t> shape = {1};
    if (input.shape.front().size > 1) {
      throw Error("input '{}' has a batch of {}; export with a batch of 1 or a dynamic one", input.name,
                  input.shape.front().size);
    }
    for (std::size_t i = 1; i < rank; ++i) {
      if (input.shape[i].size == 0) {
        throw Error("input '{}' has a dynamic dimension {} ('{}'); only the batch may be dynamic", input.name, i,
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
    given_.insert(input.name);
  }

  // ---- values ----

  bool is_constant(const std::string& name) const { return constants_.contains(name); }

  const OnnxView& value(const std::string& name) const {
    const auto found = values_.find(name);
    if (found != values_.end()) return found->second;
    if (name.empty()) throw Error("an input is missing");
    if (is_constant(name)) throw Error("reads the constant '{}'; expected an activation", name);
    throw Error("reads '{}', which no node before it gives (a cycle, or an input of another kind)", name);
  }

  // What a node computes from; not what was left out behind it.
  OnnxView computed(const std::string& name) const {
    const OnnxView& view = value(name);
    if (view.probabilities) throw Error("reads probabilities; a softmax or sigmoid is possible at the end only");
    return view;
  }
  OnnxView unpadded(const std::string& name) const {
    OnnxView view = computed(name);
    if (view.pads != std::array<OnnxPads, 2>{}) throw Error("reads padding; only a convolution can");
    return view;
  }

  const OnnxTensor& constant(const OnnxNode& node, std::size_t index, const char* what) const {
    const std::string& name = node.input(index);
    const auto found = constants_.find(name);
    if (found != constants_.end()) return *found->second;
    if (name.empty()) throw Error("no {}", what);
    throw Error("{} computed at run time; expected a constant", what);
  }
  const std::vector<float>& reals(const OnnxNode& node, std::size_t index, const char* what) const {
    const OnnxTensor& tensor = constant(node, index, what);
    if (!tensor.is_real()) throw Error("{} of another type than float32", what);
    return tensor.reals;
  }
  std::vector<std::int64_t> whole_numbers(const OnnxNode& node, std::size_t index, const char* what) const {
    const OnnxTensor& tensor = constant(node, index, what);
    if (tensor.is_real() || tensor.shape.size() > 1) throw Error("{} that is not a list of whole numbers", what);
    return tensor.integers;
  }
  // Of an attribute or, in newer opsets, an input.
  std::vector<std::int64_t> listed(const OnnxNode& node, const char* attribute, std::size_t index) const {
    if (node.has(attribute)) return node.ints_or(attribute, {});
    return node.input(index).empty() ? std::vector<std::int64_t>{} : whole_numbers(node, index, attribute);
  }

  void set_output(const OnnxNode& node, OnnxView view) {
    if (node.outputs.empty() || node.outputs.front().empty()) throw Error("no output");
    for (std::size_t i = 1; i < node.outputs.size(); ++i) {
      if (readers_[node.outputs[i]] > 0) throw Error("output {} is read; expected only the first", i);
    }
    view.alone = view.alone && readers_[node.outputs.front()] == 1;
    values_[node.outputs.front()] = std::move(view);
  }

  void set_constant(const OnnxNode& node, OnnxTensor tensor) {
    if (node.outputs.size() != 1) throw Error("{} outputs; expected one", node.outputs.size());
    weights_ += static_cast<std::size_t>(tensor.elements());
    constants_[node.outputs.front()] = &folded_.emplace(node.outputs.front(), std::move(tensor)).first->second;
  }

  const FeatureSize& size_of_layer(int layer) const {
    return layer == kOnnxInput ? result_.input : result_.layers[static_cast<std::size_t>(layer)].out;
  }

  // ---- axes ----

  // Which axis of the input is height, width and channels is decided where it is first computed with.
  void bind_input(OnnxView& view, const std::vector<OnnxAxis>& wanted_dims) {
    if (input_bound_ || view.layer != kOnnxInput) return;
    input_bound_ = true;
    std::map<OnnxAxis, OnnxAxis> moved;
    for (std::size_t i = 0; i < wanted_dims.size(); ++i) {
      if (view.axes[i + 1].size() > 1) return;  // refused by whoever reads it
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

  static bool has_extent(const OnnxView& view, std::size_t dim) { return view.shape[dim] > 1; }

  // A convolution reads [1, channels, height, width]; one along a single axis lies along the width.
  std::vector<OnnxAxis> usual_dims(const OnnxView& view) const {
    std::vector<OnnxAxis> dims = {OnnxAxis::kChannels};
    const bool flat = view.shape.size() == 3 || (view.shape.size() == 4 && !has_extent(view, 3));
    if (view.shape.size() > 2) dims.push_back(flat ? OnnxAxis::kWidth : OnnxAxis::kHeight);
    if (view.shape.size() > 3) dims.push_back(flat ? OnnxAxis::kHeight : OnnxAxis::kWidth);
    return dims;
  }

  Placed placed(const OnnxNode& node, OnnxView view) {
    const std::size_t rank = view.shape.size();
    if (rank < 2 || rank > 4 || view.shape.front() != 1) {
      throw Error("reads {}; expected [1, channels], [1, channels, width] or [1, channels, height, width]",
                  shape_text(view.shape));
    }
    bind_input(view, usual_dims(view));
    for (const auto& axes : view.axes) {
      if (axes.size() > 1) throw Error("reads a flattened dimension");
    }
    const auto is_channels = [](const auto& axes) { return !axes.empty() && axes.front() == OnnxAxis::kChannels; };
    if (view.axes[1].empty() && std::any_of(view.axes.begin() + 2, view.axes.end(), is_channels)) {
      view = transposed_channels(node, std::move(view));
    }
    if (!view.axes[1].empty() && !is_channels(view.axes[1])) {
      throw Error("reads height or width as channels; only (1, W, C) can be transposed, to (C, W, 1)");
    }
    Placed result{.view = view, .size = size_of_layer(view.layer), .dims = {}};
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

  // (1, W, C) -> (C, W, 1)
  OnnxView transposed_channels(const OnnxNode& node, OnnxView view) {
    const FeatureSize from = size_of_layer(view.layer);
    if (from.height != 1) throw Error("transposes {} rows; only (1, W, C) can become (C, W, 1)", from.height);
    OnnxLayer layer{.kind = OnnxLayerKind::kTranspose, .node = node.name, .inputs = {view.layer}, .in = from,
                    .out = {from.channels, from.width, 1}};
    view.layer = add_layer(std::move(layer));
    for (auto& axes : view.axes) {
      for (OnnxAxis& axis : axes) axis = axis == OnnxAxis::kChannels ? OnnxAxis::kHeight : axis;
    }
    return view;
  }

  int add_layer(OnnxLayer layer) {
    weights_ += layer.weights.size();
    result_.layers.push_back(std::move(layer));
    return static_cast<int>(result_.layers.size()) - 1;
  }

  // The output of a layer, with the dimensions of what it read.
  OnnxView output_like(const Placed& in, int layer) const {
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

  // ---- operators ----

  void import(const OnnxNode& node) {
    if (!node.domain.empty()) throw Error("domain '{}' is unknown", node.domain);
    if (node.has_graphs) throw Error("control flow has no form in a network");
    if (folds(node) && std::ranges::all_of(node.inputs, [&](const auto& n) { return n.empty() || is_constant(n); })) {
      return fold(node);
    }
    if (import_view(node) || import_window(node) || import_pointwise(node)) return;
    throw Error("has no form in a network");
  }

  void fold(const OnnxNode& node) {
    std::vector<const OnnxTensor*> inputs;
    for (const std::string& name : node.inputs) inputs.push_back(name.empty() ? nullptr : constants_.at(name));
    set_constant(node, constant_of(node, inputs, graph_.opset));
  }

  bool import_view(const OnnxNode& node) {
    const std::string& op = node.op;
    if (op == "Shape") {
      set_constant(node, list_tensor(value(node.input(0)).shape));
    } else if (op == "Identity" || op == "Dropout") {
      set_output(node, value(node.input(0)));
    } else if (op == "Cast") {
      if (node.int_or("to", 0) != 1) throw Error("a cast of an activation to data type {}", node.int_or("to", 0));
      set_output(node, value(node.input(0)));
    } else if (op == "Transpose") {
      const OnnxView& view = value(node.input(0));
      std::vector<std::int64_t> order;
      for (std::size_t i = view.shape.size(); i-- > 0;) order.push_back(static_cast<std::int64_t>(i));
      set_output(node, permuted(view, node.ints_or("perm", order)));
    } else if (is_one_of(op, {"Reshape", "Flatten", "Squeeze", "Unsqueeze"})) {
      const OnnxView& view = value(node.input(0));
      set_output(node, reshaped(view, new_shape(node, view.shape), size_of_layer(view.layer)));
    } else if (is_one_of(op, {"Softmax", "LogSoftmax", "Sigmoid"})) {
      import_probabilities(node);
    } else {
      return false;
    }
    return true;
  }

  std::vector<std::int64_t> new_shape(const OnnxNode& node, const std::vector<std::int64_t>& shape) const {
    if (node.op == "Squeeze") return squeezed_shape(shape, listed(node, "axes", 1));
    if (node.op == "Unsqueeze") return unsqueezed_shape(shape, listed(node, "axes", 1));
    if (node.op == "Reshape") {
      return reshape_target(shape, whole_numbers(node, 1, "a shape"), node.int_or("allowzero", 0) != 0);
    }
    const std::int64_t axis = node.int_or("axis", 1);
    const auto rank = static_cast<std::int64_t>(shape.size());
    const std::size_t at = axis == rank ? shape.size() : dimension_of(axis, shape.size());
    std::int64_t before = 1, behind = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) (i < at ? before : behind) *= shape[i];
    return {before, behind};
  }

  // Scores rank classes as their probabilities do, and training continues from scores.
  void import_probabilities(const OnnxNode& node) {
    OnnxView view = unpadded(node.input(0));
    if (node.op != "Sigmoid") {
      const std::int64_t usual = graph_.opset < 13 ? 1 : -1;
      const std::size_t dim = dimension_of(node.int_or("axis", usual), view.shape.size());
      const std::int64_t last = graph_.opset < 13 ? view.shape.back() : view.shape[dim];  // older ones flatten
      if (last != size_of_layer(view.layer).channels) throw Error("not along the classes");
    }
    view.probabilities = true;
    result_.left_out = node.name;
    set_output(node, std::move(view));
  }

  bool import_window(const OnnxNode& node) {
    const std::string& op = node.op;
    if (op == "Conv") {
      import_conv(node);
    } else if (op == "MaxPool" || op == "AveragePool") {
      import_pool(node);
    } else if (op == "GlobalAveragePool" || op == "ReduceMean") {
      import_mean(node);
    } else if (op == "Gemm" || op == "MatMul") {
      import_linear(node);
    } else if (op == "Pad") {
      import_pad(node);
    } else {
      return false;
    }
    return true;
  }

  void set_window(OnnxLayer& layer, const Placed& in, const std::vector<OnnxWindow>& windows) const {
    layer.h = layer.w = {};
    for (std::size_t i = 0; i < windows.size(); ++i) {
      (in.dims[i] == OnnxAxis::kHeight ? layer.h : layer.w) = windows[i];
    }
    for (const auto& [window, axis] : {std::pair{&layer.h, 0}, std::pair{&layer.w, 1}}) {
      const OnnxPads& more = in.view.pads[static_cast<std::size_t>(axis)];
      window->pads.before += more.before;
      window->pads.after += more.after;
    }
    layer.in = in.size;
    layer.out.height = windowed_size(layer.h, in.size.height);
    layer.out.width = windowed_size(layer.w, in.size.width);
  }

  void import_conv(const OnnxNode& node) {
    const OnnxTensor& weights = constant(node, 1, "weights");
    const std::vector<float>& values = reals(node, 1, "weights");
    const Placed in = placed(node, computed(node.input(0)));
    const std::size_t rank = in.view.shape.size();
    if (weights.shape.size() != rank || rank < 3) throw Error("weights of {}", shape_text(weights.shape));
    const std::int64_t groups = node.int_or("group", 1), filters = weights.shape[0];
    if (groups < 1 || weights.shape[1] < 1 || groups > in.size.channels || filters < 1 || filters > kMaxWidth ||
        filters % groups != 0 || weights.shape[1] * groups != in.size.channels) {
      throw Error("{} groups and weights of {} for {} channels", groups, shape_text(weights.shape), in.size.channels);
    }
    OnnxLayer layer{.node = node.name, .inputs = {in.view.layer}};
    const std::vector<std::int64_t> sizes(in.view.shape.begin() + 2, in.view.shape.end());
    set_window(layer, in, windows_of(node, sizes, {weights.shape.begin() + 2, weights.shape.end()}));
    layer.out.channels = static_cast<int>(filters);
    layer.groups = static_cast<int>(groups);
    layer.weights = values;
    const bool exchanged = rank == 4 && in.dims.front() == OnnxAxis::kWidth;
    if (exchanged) exchange_taps(layer);
    layer.bias = node.input(2).empty() ? std::vector<float>(static_cast<std::size_t>(filters)) : reals(node, 2, "a bias");
    if (layer.bias.size() != static_cast<std::size_t>(filters)) throw Error("a bias of {} values", layer.bias.size());
    layer.reads_alone = in.view.alone;
    set_output(node, output_like(in, add_layer(std::move(layer))));
  }

  // [kernel_w][kernel_h] -> [kernel_h][kernel_w] of every filter and channel.
  static void exchange_taps(OnnxLayer& layer) {
    const auto height = static_cast<std::size_t>(layer.h.kernel), width = static_cast<std::size_t>(layer.w.kernel);
    const std::vector<float> from = layer.weights;
    for (std::size_t first = 0; first < from.size(); first += height * width) {
      for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x) layer.weights[first + y * width + x] = from[first + x * height + y];
    }
  }

  void import_pool(const OnnxNode& node) {
    const Placed in = placed(node, unpadded(node.input(0)));
    if (in.dims.empty()) throw Error("reads {}; expected height or width", shape_text(in.view.shape));
    OnnxLayer layer{.kind = node.op == "MaxPool" ? OnnxLayerKind::kMaxPool : OnnxLayerKind::kAveragePool,
                    .node = node.name, .inputs = {in.view.layer}};
    const std::vector<std::int64_t> sizes(in.view.shape.begin() + 2, in.view.shape.end());
    set_window(layer, in, windows_of(node, sizes, {}));
    layer.out.channels = in.size.channels;
    for (OnnxWindow* window : {&layer.h, &layer.w}) {
      const int size = window == &layer.h ? in.size.height : in.size.width;
      const int out = window == &layer.h ? layer.out.height : layer.out.width;
      if (layer.kind == OnnxLayerKind::kMaxPool) {
        if (window->pads.before >= window->kernel || window->pads.after >= window->kernel) {
          throw Error("padding {} and {} for windows of {}", window->pads.before, window->pads.after, window->kernel);
        }
        continue;
      }
      if (window->pads != OnnxPads{} || (window->stride != window->kernel && out != 1) || out != size / window->kernel) {
        throw Error("windows of {} with stride {}; expected them side by side, without padding", window->kernel,
                    window->stride);
      }
    }
    layer.reads_alone = in.view.alone;
    set_output(node, output_like(in, add_layer(std::move(layer))));
  }

  void import_mean(const OnnxNode& node) {
    const Placed in = placed(node, unpadded(node.input(0)));
    const std::size_t rank = in.view.shape.size();
    std::vector<std::int64_t> dims;
    if (node.op == "ReduceMean") {
      dims = listed(node, "axes", 1);
    } else {
      for (std::size_t i = 2; i < rank; ++i) dims.push_back(static_cast<std::int64_t>(i));
    }
    if (dims.empty()) throw Error("a mean of all values");
    OnnxLayer layer{.kind = OnnxLayerKind::kAveragePool, .node = node.name, .inputs = {in.view.layer}, .in = in.size,
                    .out = in.size};
    for (const std::int64_t dim : dims) {
      const std::size_t at = dimension_of(dim, rank);
      if (at < 2 && in.view.shape[at] > 1) throw Error("a mean over channels");
      if (at < 2) continue;
      const OnnxAxis axis = in.dims[at - 2];
      size_of(layer.out, axis) = 1;
      OnnxWindow& window = axis == OnnxAxis::kHeight ? layer.h : layer.w;
      window.kernel = window.stride = size_of(in.size, axis);
    }
    const bool averages = layer.h.kernel * layer.w.kernel > 1;
    OnnxView view = averages ? output_like(in, add_layer(std::move(layer))) : in.view;
    if (node.op == "ReduceMean" && node.int_or("keepdims", 1) == 0) {
      view = reshaped(view, squeezed_shape(view.shape, dims), size_of_layer(view.layer));
    }
    set_output(node, std::move(view));
  }

  void import_pad(const OnnxNode& node) {
    if (node.text_or("mode", "constant") != "constant") throw Error("mode {}", node.text_or("mode", ""));
    const bool by_input = !node.input(2).empty();
    const float fill = by_input ? reals(node, 2, "a padding value").at(0) : node.float_or("value", 0);
    if (fill != 0) throw Error("padding of {}; expected 0", fill);
    if (!node.input(3).empty()) throw Error("padding of named dimensions");
    Placed in = placed(node, unpadded(node.input(0)));
    const std::vector<std::int64_t> pads = listed(node, "pads", 1);
    const std::size_t rank = in.view.shape.size();
    if (pads.size() != 2 * rank) throw Error("{} numbers for {}", pads.size(), shape_text(in.view.shape));
    for (std::size_t i = 0; i < rank; ++i) {
      const std::int64_t before = pads[i], after = pads[rank + i];
      if (before < 0 || after < 0 || before > kMaxWidth || after > kMaxWidth) throw Error("padding {} and {}", before, after);
      if (before == 0 && after == 0) continue;
      if (i < 2) throw Error("padding of the batch or the channels");
      auto& padded = in.view.pads[in.dims[i - 2] == OnnxAxis::kHeight ? 0 : 1];
      padded = {static_cast<int>(before), static_cast<int>(after)};
    }
    set_output(node, std::move(in.view));
  }

  // Weights as [out][in].
  std::vector<float> linear_weights(const OnnxNode& node, std::int64_t& outs) const {
    const OnnxTensor& tensor = constant(node, 1, "weights");
    std::vector<float> values = reals(node, 1, "weights");
    if (tensor.shape.size() != 2) throw Error("weights of {}; expected two dimensions", shape_text(tensor.shape));
    const bool turned = node.op == "Gemm" && node.int_or("transB", 0) != 0;
    outs = tensor.shape[turned ? 0 : 1];
    const std::int64_t ins = tensor.shape[turned ? 1 : 0];
    if (outs < 1 || outs > kMaxWidth || ins < 1) throw Error("weights of {}", shape_text(tensor.shape));
    if (!turned) {
      const std::vector<float> from = values;
      const auto rows = static_cast<std::size_t>(ins), columns = static_cast<std::size_t>(outs);
      for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t o = 0; o < columns; ++o) values[o * rows + i] = from[i * columns + o];
    }
    if (const float alpha = node.float_or("alpha", 1); node.op == "Gemm" && alpha != 1) {
      for (float& value : values) value *= alpha;
    }
    return values;
  }

  std::vector<float> linear_bias(const OnnxNode& node, std::size_t outs) const {
    std::vector<float> bias(outs);
    if (node.op != "Gemm" || node.input(2).empty()) return bias;
    const std::vector<float>& values = reals(node, 2, "a bias");
    if (values.size() != outs && values.size() != 1) throw Error("a bias of {} values", values.size());
    for (std::size_t o = 0; o < outs; ++o) bias[o] = node.float_or("beta", 1) * values[values.size() == 1 ? 0 : o];
    return bias;
  }

  // Of all values, or of the channels at every position.
  void import_linear(const OnnxNode& node) {
    if (node.op == "Gemm" && node.int_or("transA", 0) != 0) throw Error("a transposed input");
    std::int64_t outs = 0;
    const std::vector<float> weights = linear_weights(node, outs);
    OnnxView view = unpadded(node.input(0));
    const std::size_t rank = view.shape.size();
    if (rank < 2) throw Error("reads {}", shape_text(view.shape));
    bind_linear_input(view);
    const FeatureSize size = size_of_layer(view.layer);
    const std::int64_t ins = view.shape.back();
    if (static_cast<std::int64_t>(weights.size()) != ins * outs) throw Error("weights for another size than {}", ins);
    OnnxLayer layer{.node = node.name, .inputs = {view.layer}, .in = size, .out = size};
    layer.out.channels = static_cast<int>(outs);
    layer.reads_alone = view.alone;
    if (ins == size.values()) {
      layer.h.kernel = size.height;
      layer.w.kernel = size.width;
      layer.out.height = layer.out.width = 1;
      if (std::max(size.height, size.width) > kMaxWidth) throw Error("reads {} x {} positions", size.height, size.width);
      set_linear_weights(layer, view.axes.back(), weights);
    } else if (ins == size.channels && (ins == 1 || view.axes.back().front() == OnnxAxis::kChannels)) {
      layer.weights = weights;
    } else {
      throw Error("multiplies along another dimension than the channels of {}", shape_text(view.shape));
    }
    layer.bias = linear_bias(node, static_cast<std::size_t>(outs));
    OnnxView out = view;
    out.layer = add_layer(std::move(layer));
    out.alone = true;
    out.shape.back() = outs;
    out.axes.back().clear();
    if (outs > 1) out.axes.back().push_back(OnnxAxis::kChannels);
    set_output(node, std::move(out));
  }

  // The last dimension holds the channels; a flattened input stays as it is.
  void bind_linear_input(OnnxView& view) {
    const std::size_t rank = view.shape.size();
    if (rank > 4 || view.axes.back().size() > 1) {
      input_bound_ = input_bound_ || view.layer == kOnnxInput;
      return;
    }
    std::vector<OnnxAxis> dims = {OnnxAxis::kChannels};
    if (rank == 3) dims = {OnnxAxis::kWidth, OnnxAxis::kChannels};
    if (rank == 4) dims = {OnnxAxis::kHeight, OnnxAxis::kWidth, OnnxAxis::kChannels};
    bind_input(view, dims);
  }

  // ---- one value at a time ----

  bool import_pointwise(const OnnxNode& node) {
    const std::string& op = node.op;
    if (op == "Relu") {
      activate(node, NodeActivation::kRelu);
    } else if (op == "Clip") {
      import_clip(node);
    } else if (op == "BatchNormalization") {
      import_norm(node);
    } else if (op == "Add" && !is_constant(node.input(0)) && !is_constant(node.input(1))) {
      import_add(node);
    } else if (is_one_of(op, {"Add", "Sub", "Mul", "Div"})) {
      import_affine(node);
    } else {
      return false;
    }
    return true;
  }

  void import_clip(const OnnxNode& node) {
    const auto limit = [&](const char* attribute, std::size_t index, float otherwise) {
      if (node.has(attribute)) return node.float_or(attribute, otherwise);
      return node.input(index).empty() ? otherwise : reals(node, index, "a limit").at(0);
    };
    const float low = limit("min", 1, -INFINITY), high = limit("max", 2, INFINITY);
    if (low == 0 && high == 6) return activate(node, NodeActivation::kRelu6);
    if (low == 0 && high > 3e38f) return activate(node, NodeActivation::kRelu);
    throw Error("limits {} and {}; expected 0 and 6, or 0 alone", low, high);
  }

  // The layer that the activation of `view` becomes part of; a max-pool passes it on to its convolution.
  OnnxLayer* active_layer(const OnnxView& view) {
    if (!view.alone || view.layer == kOnnxInput) return nullptr;
    OnnxLayer* layer = &result_.layers[static_cast<std::size_t>(view.layer)];
    if (layer->kind == OnnxLayerKind::kMaxPool && layer->reads_alone && layer->inputs.front() != kOnnxInput) {
      layer = &result_.layers[static_cast<std::size_t>(layer->inputs.front())];
    }
    return layer->kind == OnnxLayerKind::kConv || layer->kind == OnnxLayerKind::kAdd ? layer : nullptr;
  }

  void activate(const OnnxNode& node, NodeActivation activation) {
    OnnxView view = unpadded(node.input(0));
    OnnxLayer* layer = active_layer(view);
    if (layer == nullptr) {
      const Placed in = placed(node, std::move(view));
      OnnxLayer keeping = keeping_layer(node.name, in.view.layer, in.size);
      keeping.activation = activation;
      return set_output(node, output_like(in, add_layer(std::move(keeping))));
    }
    if (layer->activation != NodeActivation::kRelu6) layer->activation = activation;  // ReLU leaves a ReLU6 as it is
    set_output(node, std::move(view));
  }

  // The convolution that a factor and a term for each channel of `view` become part of, or a new one.
  OnnxLayer& affine_layer(const OnnxNode& node, OnnxView& view) {
    if (view.alone && view.layer != kOnnxInput) {
      OnnxLayer& layer = result_.layers[static_cast<std::size_t>(view.layer)];
      const bool open = layer.kind == OnnxLayerKind::kConv && layer.activation == NodeActivation::kNone && !layer.norm;
      if (open) return layer;
    }
    const Placed in = placed(node, std::move(view));
    view = output_like(in, add_layer(keeping_layer(node.name, in.view.layer, in.size)));
    return result_.layers.back();
  }

  void import_norm(const OnnxNode& node) {
    if (node.int_or("training_mode", 0) != 0) throw Error("training mode; export with model.eval()");
    OnnxNorm norm{.weight = reals(node, 1, "a scale"),
                  .bias = reals(node, 2, "a bias"),
                  .mean = reals(node, 3, "a mean"),
                  .variance = reals(node, 4, "a variance"),
                  .epsilon = node.float_or("epsilon", 1e-5f)};
    OnnxView view = unpadded(node.input(0));
    if (view.shape.size() < 2) throw Error("reads {}", shape_text(view.shape));
    const auto channels = static_cast<std::size_t>(view.shape[1]);
    for (const auto* part : {&norm.weight, &norm.bias, &norm.mean, &norm.variance}) {
      if (part->size() != channels) throw Error("{} values for {} channels", part->size(), channels);
    }
    if (!(norm.epsilon >= 0 && norm.epsilon < 1)) throw Error("an epsilon of {}", norm.epsilon);
    view = placed(node, std::move(view)).view;  // so that dimension 1 holds the channels
    affine_layer(node, view).norm = std::move(norm);
    set_output(node, std::move(view));
  }

  void import_add(const OnnxNode& node) {
    OnnxView a = unpadded(node.input(0)), b = unpadded(node.input(1));
    if (a.shape != b.shape) throw Error("operands of different shapes");
    if (a.layer == kOnnxInput) a = placed(node, std::move(a)).view;
    if (b.layer == kOnnxInput) b = placed(node, std::move(b)).view;
    const FeatureSize size = size_of_layer(a.layer);
    if (a.axes != b.axes || size != size_of_layer(b.layer)) throw Error("operands with different axes");
    OnnxLayer layer{.kind = OnnxLayerKind::kAdd, .node = node.name, .inputs = {a.layer, b.layer}, .in = size,
                    .out = size};
    a.layer = add_layer(std::move(layer));
    a.alone = true;
    set_output(node, std::move(a));
  }

  // A constant for all values, or one for each channel.
  std::vector<float> channel_constants(const std::string& name, const OnnxView& view, std::size_t channels) const {
    const OnnxTensor& tensor = *constants_.at(name);
    if (!tensor.is_real()) throw Error("an operand of another type than float32");
    if (tensor.elements() == 1) return std::vector<float>(channels, tensor.reals.front());
    const std::size_t rank = tensor.shape.size(), more = view.shape.size() - std::min(rank, view.shape.size());
    for (std::size_t i = 0; i < rank; ++i) {
      if (tensor.shape[i] == 1) continue;
      const bool along = rank <= view.shape.size() && view.axes[i + more] == std::vector{OnnxAxis::kChannels};
      if (!along || tensor.elements() != static_cast<std::int64_t>(channels)) {
        throw Error("a constant of {}; expected one value, or one for each channel", shape_text(tensor.shape));
      }
    }
    return tensor.reals;
  }

  void import_affine(const OnnxNode& node) {
    const bool constant_first = is_constant(node.input(0));
    const std::string &activation = node.input(constant_first ? 1 : 0), &other = node.input(constant_first ? 0 : 1);
    if (!is_constant(other)) throw Error("two activations; expected a constant");
    if (constant_first && node.op == "Div") throw Error("divides a constant");
    OnnxView view = unpadded(activation);
    if (view.layer == kOnnxInput) view = placed(node, std::move(view)).view;
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

  // ---- the end ----

  void finish() {
    if (graph_.outputs.size() != 1) throw Error("{} outputs; expected one", graph_.outputs.size());
    const OnnxView scores = value(graph_.outputs.front());
    if (scores.layer == kOnnxInput) throw Error("no node computes anything");
    const FeatureSize& size = size_of_layer(scores.layer);
    if (size.height != 1 || size.width != 1) {
      throw Error("an output of {}; expected one row of scores", shape_text(scores.shape));
    }
    if (!scores.probabilities) result_.left_out.clear();
    keep_what_is_read(scores.layer);
  }

  void keep_what_is_read(int last) {
    std::vector<bool> read(result_.layers.size());
    read[static_cast<std::size_t>(last)] = true;
    for (std::size_t i = read.size(); i-- > 0;) {
      if (!read[i]) continue;
      for (const int input : result_.layers[i].inputs) {
        if (input != kOnnxInput) read[static_cast<std::size_t>(input)] = true;
      }
    }
    std::vector<OnnxLayer> kept;
    std::vector<int> moved(read.size(), kOnnxInput);
    for (std::size_t i = 0; i < read.size(); ++i) {
      if (!read[i]) continue;
      for (int& input : result_.layers[i].inputs) {
        if (input != kOnnxInput) input = moved[static_cast<std::size_t>(input)];
      }
      moved[i] = static_cast<int>(kept.size());
      kept.push_back(std::move(result_.layers[i]));
    }
    result_.layers = std::move(kept);
  }

  const OnnxGraph& graph_;
  OnnxImport result_;
  std::map<std::string, OnnxView> values_;
  std::map<std::string, const OnnxTensor*> constants_;  // of the file, and folded ones
  std::map<std::string, OnnxTensor> folded_;
  std::map<std::string, int> readers_;
  std::set<std::string> given_, broken_;
  std::vector<std::string> problems_;
  bool input_bound_ = false;
  std::size_t weights_ = 0;  // copied so far
};

}  // namespace

OnnxImport import_onnx(const OnnxGraph& graph) { return OnnxImporter(graph).run(); }

}  // namespace stapes
