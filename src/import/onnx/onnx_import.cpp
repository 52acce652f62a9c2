// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "import/onnx/onnx_constants.h"
#include "import/onnx/onnx_importer.h"

namespace stapes {
namespace {

// Applies `start` and `end` of a Shape node.
std::vector<std::int64_t> part_of_shape(const OnnxNode& node, const std::vector<std::int64_t>& shape) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto inside = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const std::int64_t start = inside(std::max(node.int_or("start", 0), -rank));
  const std::int64_t end = std::max(start, inside(std::max(node.int_or("end", rank), -rank)));
  return {shape.begin() + start, shape.begin() + end};
}

}  // namespace

OnnxImport OnnxImporter::run() {
  given_.insert(graph_.inputs.front().name);
  result_.metadata = graph_.metadata;
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

void OnnxImporter::check_outputs(const OnnxNode& node) {
  for (const std::string& name : node.outputs) {
    if (name.empty()) continue;
    if (!given_.insert(name).second || graph_.constants.contains(name))
      throw Error("writes '{}', which is already defined", name);
  }
}

// Skips readers of failed nodes, to report each failure once.
bool OnnxImporter::reads_broken(const OnnxNode& node) {
  const bool broken = std::ranges::any_of(node.inputs, [&](const auto& name) { return broken_.contains(name); });
  if (broken) broken_.insert(node.outputs.begin(), node.outputs.end());
  return broken;
}

void OnnxImporter::note_problem(const OnnxNode& node, const std::string& what) {
  std::vector<std::string> shapes;
  for (const std::string& name : node.inputs) {
    if (const auto value = values_.find(name); value != values_.end())
      shapes.push_back(shape_text(value->second.shape));
    if (const auto known = constants_.find(name); known != constants_.end()) {
      shapes.push_back(shape_text(known->second->shape));
    }
  }
  problems_.push_back(fmt::format("node {} ({} of {}): {}", node.name, node.op, fmt::join(shapes, ", "), what));
  broken_.insert(node.outputs.begin(), node.outputs.end());
}

void OnnxImporter::import(const OnnxNode& node) {
  if (!node.domain.empty()) throw Error("unknown domain '{}'; expected standard ONNX operators", node.domain);
  if (node.has_graphs) throw Error("control flow is not supported");
  if (folds(node) && std::ranges::all_of(node.inputs, [&](const auto& n) { return n.empty() || is_constant(n); })) {
    return fold(node);
  }
  if (import_view(node) || import_quantization(node) || import_window(node) || import_pointwise(node)) return;
  if (node.op == "Gemm" || node.op == "MatMul") return import_linear(node);
  throw Error("unsupported operator");
}

void OnnxImporter::fold(const OnnxNode& node) {
  std::vector<const OnnxTensor*> inputs;
  for (const std::string& name : node.inputs) inputs.push_back(name.empty() ? nullptr : constants_.at(name));
  set_constant(node, constant_of(node, inputs, graph_.opset));
}

bool OnnxImporter::import_view(const OnnxNode& node) {
  const std::string& op = node.op;
  if (op == "Shape") {
    const std::string& of = node.input(0);
    const auto& shape = is_constant(of) ? constants_.at(of)->shape : value(of).shape;
    set_constant(node, list_tensor(part_of_shape(node, shape)));
  } else if (op == "Identity" || op == "Dropout") {
    set_output(node, value(node.input(0)));
  } else if (op == "Cast") {
    if (node.int_or("to", 0) != 1)
      throw Error("unsupported cast of an activation to data type {}; expected float32", node.int_or("to", 0));
    set_output(node, value(node.input(0)));
  } else if (op == "Transpose") {
    const OnnxView& view = value(node.input(0));
    std::vector<std::int64_t> order;
    for (std::size_t i = view.shape.size(); i-- > 0;) order.push_back(static_cast<std::int64_t>(i));
    set_output(node, permuted(view, node.ints_or("perm", order)));
  } else if (op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze") {
    const OnnxView& view = value(node.input(0));
    set_output(node, reshaped(view, new_shape(node, view.shape), size_of_layer(view.layer)));
  } else if (op == "Softmax" || op == "LogSoftmax" || op == "Sigmoid") {
    import_probabilities(node);
  } else {
    return false;
  }
  return true;
}

std::vector<std::int64_t> OnnxImporter::new_shape(const OnnxNode& node, const std::vector<std::int64_t>& shape) const {
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

// Omits the node: scores rank the classes as probabilities do, and training needs scores.
void OnnxImporter::import_probabilities(const OnnxNode& node) {
  OnnxView view = unpadded(node.input(0));
  if (node.op != "Sigmoid") {
    const std::int64_t usual = graph_.opset < 13 ? 1 : -1;
    const std::size_t dim = dimension_of(node.int_or("axis", usual), view.shape.size());
    const std::int64_t last = graph_.opset < 13 ? view.shape.back() : view.shape[dim];  // older opsets flatten
    if (last != size_of_layer(view.layer).channels) throw Error("does not normalize over the classes");
  }
  view.probabilities = true;
  view.made_by = node.op;
  result_.left_out = node.name;
  set_output(node, std::move(view));
}

void OnnxImporter::finish() {
  if (graph_.outputs.size() != 1) throw Error("{} outputs; expected one", graph_.outputs.size());
  const OnnxView scores = value(graph_.outputs.front());
  if (scores.layer == kOnnxInput) throw Error("the output is the input; no node computes anything");
  const FeatureSize& size = size_of_layer(scores.layer);
  if (size.height != 1 || size.width != 1) {
    throw Error("an output of {}; expected one row of scores", shape_text(scores.shape));
  }
  if (!scores.probabilities) result_.left_out.clear();
  keep_what_is_read(scores.layer);
}

void OnnxImporter::keep_what_is_read(int last) {
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

bool OnnxImport::is_quantized() const {
  return input_grid || std::ranges::any_of(layers, [](const OnnxLayer& l) { return l.grid || !l.scales.empty(); });
}

std::optional<Int8Grid> OnnxImport::grid_of(int layer) const {
  while (layer != kOnnxInput && layers[static_cast<std::size_t>(layer)].keeps_grid()) {
    layer = layers[static_cast<std::size_t>(layer)].inputs.front();
  }
  return layer == kOnnxInput ? input_grid : layers[static_cast<std::size_t>(layer)].grid;
}

OnnxImport import_onnx(const OnnxGraph& graph) { return OnnxImporter(graph).run(); }

}  // namespace stapes
