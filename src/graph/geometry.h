// SPDX-License-Identifier: Apache-2.0
// geometry.h: the steps of a network and their shapes, checked against its input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/network.h"

namespace stapes {

// One convolution with its activation and its fused max-pool. Sizes are (channels, height, width); all >= 1.
struct ConvGeometry {
  std::string name;       // prefix of its tensors: NAME.weight
  std::string norm = {};  // prefix of its batch norm (before a binary convolution, after others); empty: has NAME.bias
  int in_channels = 0, in_h = 0, in_w = 0;
  int out_channels = 0, out_h = 0, out_w = 0;  // before the pool
  int kernel_h = 0, kernel_w = 0, stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0;
  int more_end_h = 0, more_end_w = 0;  // extra padding at the end, as in Node
  int groups = 1;
  bool depthwise = false;                         // one filter per channel
  int pool_h = 1, pool_w = 1;                     // fused max-pool; 1 x 1 = none
  bool relu = true;                               // after the convolution
  bool relu6 = false;                             // the ReLU is clipped at 6
  bool binary = false;                            // binary weights and inputs
  std::string rprelu = {};                        // replaces ReLU (RPRELU.threshold, ...); empty = none
  bool shortcut = false;                          // identity shortcut around it (BinaryForm)
  bool scale_kept_positive = false;               // training keeps its batch norm's scale >= 0.01
  int out_width = kNoWidth, in_width = kNoWidth;  // indices into Graph::widths of its filters and input channels;
                                                  // kNoWidth: set by the input or a transpose
  bool reads_input = false;                       // the network's input, possibly transposed
  int sign_reader = -1;                           // the binary convolution that alone reads its output; -1: none

  int group_channels() const { return in_channels / groups; }
  // Weights per filter. network_geometry() checks that they fit an int.
  int taps() const { return group_channels() * kernel_h * kernel_w; }
  int norm_channels() const { return binary ? in_channels : out_channels; }
  int end_pad_h() const { return pad_h + more_end_h; }
  int end_pad_w() const { return pad_w + more_end_w; }
  bool pads_evenly() const { return more_end_h == 0 && more_end_w == 0; }
  std::int64_t multiply_adds() const;  // padding included
};

// One step of the graph. Value 0 is the input, value k + 1 the output of step k.
struct GraphStep {
  enum class Kind {
    kConv,         // of value `a`
    kTranspose,    // channels become height
    kAdd,          // a + b, then ReLU if `relu`, clipped at 6 if `relu6`
    kAveragePool,  // pool_h x pool_w
    kMaxPool,      // pool_h x pool_w, with stride and padding
    kDropout,      // in training only
  };
  Kind kind = Kind::kConv;
  std::string name;  // of the layer in a packed model
  int a = 0, b = 0;
  int conv = -1;  // index into convs
  bool relu = false, relu6 = false;
  int pool_h = 1, pool_w = 1;
  int stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0, end_pad_h = 0, end_pad_w = 0;  // of a pool
  int out_channels = 0, out_h = 0, out_w = 0;                                          // output size, after the pool
};

// Steps (possibly in branches), an average-pool if the map is larger than 1 x 1, and the linear head.
struct NetworkGeometry {
  std::vector<ConvGeometry> convs;
  std::vector<GraphStep> steps;
  std::string average_name;  // empty: no average-pool
  int average_h = 1, average_w = 1;
  int head_width = kNoWidth;  // index into Graph::widths of the head's inputs
  int head_inputs = 0;
  bool head_dropout = false;  // between the average-pool and the head
};

// Throws Error naming the node if the input is too small, shapes do not match or groups do not divide the channels;
// UsageError if the network takes another kind of input.
NetworkGeometry network_geometry(const NetworkSpec& spec);

}  // namespace stapes
