// SPDX-License-Identifier: Apache-2.0
// onnx_import.h: reads the graph of an .onnx file as layers. docs/guides/importing.md lists the operators.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "import/onnx/onnx_layers.h"

namespace stapes {

struct OnnxImport {
  FeatureSize input;
  std::vector<int> input_dims;    // the dimensions of the file's input that are height, width and channels; -1: none
  std::vector<OnnxLayer> layers;  // each is read by a later layer, except the last, which outputs the scores
  std::string left_out;           // the omitted node that converts scores to probabilities; "": none
  std::optional<Int8Grid> input_grid;
  std::map<std::string, std::string> metadata;  // of the file

  bool is_quantized() const;
  // The grid of a layer's output, if it has 8 bits.
  std::optional<Int8Grid> grid_of(int layer) const;
};

// Throws Error naming every unsupported node, with its operator and the shapes it reads.
OnnxImport import_onnx(const OnnxGraph& graph);

}  // namespace stapes
