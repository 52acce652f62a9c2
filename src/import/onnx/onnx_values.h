// SPDX-License-Identifier: Apache-2.0
// onnx_values.h: the constants and views of layer outputs computed so far, by tensor name.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "import/onnx/onnx_import.h"

namespace stapes {

// A tensor laid out as a convolution reads it.
struct OnnxPlaced {
  OnnxView view;
  FeatureSize size;
  std::vector<OnnxAxis> dims;  // the axis of each dimension after the channels
};

// Every function throws Error if a tensor is missing or of the wrong kind.
class OnnxValues {
 protected:
  explicit OnnxValues(const OnnxGraph& graph);

  void check_size() const;
  const FeatureSize& size_of_layer(int layer) const;
  int add_layer(OnnxLayer layer);

  bool is_constant(const std::string& name) const { return constants_.contains(name); }
  const OnnxTensor& constant(const OnnxNode& node, std::size_t index, const char* what) const;
  const std::vector<float>& reals(const OnnxNode& node, std::size_t index, const char* what) const;
  float real_number(const OnnxNode& node, std::size_t index, const char* what) const;
  std::vector<std::int64_t> whole_numbers(const OnnxNode& node, std::size_t index, const char* what) const;
  // Integers from an attribute or, in newer opsets, from an input.
  std::vector<std::int64_t> listed(const OnnxNode& node, const char* attribute, std::size_t index) const;
  void set_constant(const OnnxNode& node, OnnxTensor tensor);

  const OnnxView& value(const std::string& name) const;
  OnnxView computed(const std::string& name) const;  // throws Error for probabilities
  OnnxView unpadded(const std::string& name) const;
  void set_output(const OnnxNode& node, OnnxView view);

  // The first node that computes values decides which input axes are height, width and channels.
  void bind_input(OnnxView& view, const std::vector<OnnxAxis>& wanted_dims);
  OnnxPlaced placed(const OnnxNode& node, OnnxView view);
  // Appends a 1 x 1 identity convolution.
  OnnxView kept(const OnnxNode& node, OnnxView view);
  // The output of a layer, with the dimensions of its input.
  OnnxView output_like(const OnnxPlaced& in, int layer) const;

  const OnnxGraph& graph_;
  OnnxImport result_;
  std::map<std::string, OnnxView> values_;
  std::map<std::string, const OnnxTensor*> constants_;  // of the file, and folded constants
  std::map<std::string, OnnxTensor> folded_;
  std::map<std::string, int> readers_;
  bool input_bound_ = false;
  bool quantized_ = false;  // the graph has a DequantizeLinear node

 private:
  void count_readers();
  void add_input();
  void find_channels();
  std::vector<OnnxAxis> usual_dims(const OnnxView& view) const;
  OnnxView transposed_channels(const OnnxNode& node, OnnxView view);

  std::size_t weights_ = 0;  // copied so far
};

}  // namespace stapes
