// SPDX-License-Identifier: Apache-2.0
// onnx_importer.h: turns the nodes of a graph into layers. Internal to this folder.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "import/onnx/onnx_values.h"

namespace stapes {

class OnnxImporter : private OnnxValues {
 public:
  explicit OnnxImporter(const OnnxGraph& graph) : OnnxValues(graph) {}
  OnnxImport run();

 private:
  // onnx_import.cpp
  void check_outputs(const OnnxNode& node);
  bool reads_broken(const OnnxNode& node);
  void note_problem(const OnnxNode& node, const std::string& what);
  void import(const OnnxNode& node);
  void fold(const OnnxNode& node);
  bool import_view(const OnnxNode& node);
  std::vector<std::int64_t> new_shape(const OnnxNode& node, const std::vector<std::int64_t>& shape) const;
  void import_probabilities(const OnnxNode& node);
  void finish();
  void keep_what_is_read(int last);

  // onnx_windows.cpp; returns false for other operators
  bool import_window(const OnnxNode& node);
  void import_conv(const OnnxNode& node);
  void import_pool(const OnnxNode& node);
  void import_mean(const OnnxNode& node);
  std::vector<std::size_t> averaged_dimensions(const OnnxNode& node, std::size_t rank) const;
  void import_pad(const OnnxNode& node);

  // onnx_linear.cpp
  void import_linear(const OnnxNode& node);
  std::vector<float> linear_weights(const OnnxNode& node, std::int64_t& outs) const;
  void bind_linear_input(OnnxView& view);

  // onnx_pointwise.cpp; returns false for other operators
  bool import_pointwise(const OnnxNode& node);
  void import_clip(const OnnxNode& node);
  void activate(const OnnxNode& node, NodeActivation activation);
  OnnxLayer* active_layer(const OnnxView& view);
  OnnxLayer& affine_layer(const OnnxNode& node, OnnxView& view);
  void import_norm(const OnnxNode& node);
  void import_add(const OnnxNode& node);
  void import_affine(const OnnxNode& node);
  std::vector<float> channel_constants(const std::string& name, const OnnxView& view, std::size_t channels) const;

  // onnx_quantization.cpp; returns false for other operators
  bool import_quantization(const OnnxNode& node);
  Int8Grid grid_of_node(const OnnxNode& node) const;
  OnnxView on_grid(const OnnxNode& node, OnnxView view, const Int8Grid& grid);
  OnnxLayer* unquantized_mean(const OnnxView& view);
  void set_grid(int layer, const Int8Grid& grid);
  OnnxView quantized_probabilities(const OnnxNode& node, OnnxView view);
  void set_weights(OnnxLayer& layer, const OnnxTensor& tensor, std::size_t filter_axis) const;
  void set_bias(const OnnxNode& node, OnnxLayer& layer) const;

  std::set<std::string> given_, broken_;
  std::vector<std::string> problems_;
};

// Real values, or integers of a quantized tensor. Throws Error for other tensors.
std::vector<float> numbers_of(const OnnxTensor& tensor, const char* what);
// One scale per filter of quantized weights; empty for float weights.
std::vector<float> filter_scales(const OnnxTensor& tensor, std::size_t filter_axis, int filters);

}  // namespace stapes
