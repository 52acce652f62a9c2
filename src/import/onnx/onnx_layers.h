// SPDX-License-Identifier: Apache-2.0
// onnx_layers.h: a graph as layers, the intermediate form between a file and a network.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "import/layers/int8_layers.h"
#include "import/layers/layer_window.h"
#include "import/onnx/onnx_file.h"
#include "import/onnx/onnx_views.h"

namespace stapes {

enum class OnnxLayerKind { kConv, kMaxPool, kAveragePool, kAdd, kTranspose, kSoftmax, kLogistic };

struct OnnxNorm {
  std::vector<float> weight, bias, mean, variance;  // one of each per channel
  float epsilon = 1e-5f;
};

struct OnnxLayer {
  OnnxLayerKind kind = OnnxLayerKind::kConv;
  std::string node = {};         // its name in the file
  std::vector<int> inputs = {};  // earlier layers, or kOnnxInput
  FeatureSize in = {}, out = {};
  AxisWindow h = {}, w = {};        // of a convolution or a pool
  int groups = 1;                   // of a convolution
  std::vector<float> weights = {};  // [out][in / groups][kernel_h][kernel_w]
  std::vector<float> bias = {};     // [out]
  std::optional<OnnxNorm> norm = {};
  NodeActivation activation = NodeActivation::kNone;
  bool reads_alone = false;                   // nothing else reads its input
  std::vector<float> scales = {};             // of 8-bit weights, one per filter; `weights` then holds integers
  std::vector<std::int64_t> whole_bias = {};  // the 32-bit bias of 8-bit weights, if any
  std::vector<float> bias_scales = {};        // of whole_bias
  std::optional<Int8Grid> grid = {};          // of its output

  // Whether the output is on the grid of the input. A mean may have its own.
  bool keeps_grid() const {
    const bool moves = kind == OnnxLayerKind::kMaxPool || kind == OnnxLayerKind::kTranspose;
    return moves || (kind == OnnxLayerKind::kAveragePool && !grid);
  }
  // Whether windows are adjacent and inside the input.
  bool pools_side_by_side() const;
  bool is_linear() const {  // its input is 1 x 1 x C
    return kind == OnnxLayerKind::kConv && in.height * in.width == 1 && h.kernel * w.kernel == 1 && groups == 1;
  }
};

// A node's windows along the dimensions after the channels. `sizes`: of the input. `kernels`: of the weights; empty for
// a pool, which has an attribute instead. Throws Error for dilation and unsupported windows.
std::vector<AxisWindow> windows_of(const OnnxNode& node, const std::vector<std::int64_t>& sizes,
                                   std::vector<std::int64_t> kernels);

// Output size along one axis. Throws Error if the window does not fit.
int windowed_size(const AxisWindow& window, int size);

// 1 x 1 identity convolution, one filter per channel.
OnnxLayer keeping_layer(const std::string& node, int input, const FeatureSize& size);

// Sets the weights [out][values] of a linear node. `axes`: the order of the input values.
void set_linear_weights(OnnxLayer& layer, const std::vector<OnnxAxis>& axes, const std::vector<float>& weights);

}  // namespace stapes
