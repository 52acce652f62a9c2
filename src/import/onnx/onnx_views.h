// SPDX-License-Identifier: Apache-2.0
// onnx_views.h: tensors of a graph as views of layer outputs, which are [height][width][channels]. ONNX has channels
// first. Reshapes and transposes only rename the axes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "graph/network_input.h"
#include "import/layers/layer_window.h"

namespace stapes {

enum class OnnxAxis { kHeight, kWidth, kChannels };

inline constexpr int kOnnxInput = -1;  // instead of a layer: the input of the graph

int size_of(const FeatureSize& size, OnnxAxis axis);
int& size_of(FeatureSize& size, OnnxAxis axis);

struct OnnxView {
  int layer = kOnnxInput;
  std::vector<std::int64_t> shape;          // as in the file, with a batch of 1
  std::vector<std::vector<OnnxAxis>> axes;  // per dimension, slowest first; without axes of size 1
  std::array<AxisPads, 2> pads;             // of height and width, from a Pad node; applied by the next convolution
  bool alone = true;                        // nothing else reads the layer
  bool probabilities = false;               // the output of an omitted softmax or sigmoid
  std::string made_by = {};                 // the omitted operator
};

// [1, channels, height, width]; rank 3 omits the height, rank 2 also the width.
OnnxView channels_first(int layer, const FeatureSize& size, std::size_t rank);

// The same values in another shape. Throws Error if this splits an axis or changes the number of values.
OnnxView reshaped(const OnnxView& view, const std::vector<std::int64_t>& shape, const FeatureSize& size);

// Dimension i of the result is dimension order[i] of `view`.
OnnxView permuted(const OnnxView& view, const std::vector<std::int64_t>& order);

// The target shape of a Reshape: 0 copies a dimension, one -1 is inferred. Throws Error if impossible.
std::vector<std::int64_t> reshape_target(const std::vector<std::int64_t>& from, std::vector<std::int64_t> target,
                                         bool zero_is_zero);

// Removes dimensions of 1 at `dims` (all if `dims` is empty) or inserts them there. Throws Error if impossible.
std::vector<std::int64_t> squeezed_shape(const std::vector<std::int64_t>& shape, std::vector<std::int64_t> dims);
std::vector<std::int64_t> unsqueezed_shape(const std::vector<std::int64_t>& shape, std::vector<std::int64_t> dims);

// Maps -rank .. rank - 1 to 0 .. rank - 1. Throws Error for other values.
std::size_t dimension_of(std::int64_t dim, std::size_t rank);

}  // namespace stapes
