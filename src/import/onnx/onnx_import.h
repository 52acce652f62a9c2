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
  std::vector<int> input_dims;    // dimensions of the file's input for height, width and channels; -1: none
  std::vector<OnnxLayer> layers;  // each read by a later layer, except the last, which outputs the scores
  std::string left_out;           // the omitted softmax or sigmoid; "": none
  std::optional<Int8Grid> input_grid;
  std::map<std::string, std::string> metadata;  // of the file

  bool is_quantized() const;
  // The grid of a layer's output, if it has 8 bits.
  std::optional<Int8Grid> grid_of(int layer) const;
};

// Throws Error naming every unsupported node with its operator and shapes.
OnnxImport import_onnx(const OnnxGraph& graph);

}  // namespace stapes
