// SPDX-License-Identifier: Apache-2.0
// graph.h: a network as nodes and widths (docs/reference/networks.md).
#pragma once

#include <string>
#include <vector>

#include "base/names.h"
#include "graph/network_input.h"

namespace stapes {

inline constexpr int kMaxWidth = 4096;  // channels; keeps products in range
inline constexpr int kMaxNodes = 1000;

enum class NodeOp {
  kConv,         // convolution, batch norm, activation, max-pool
  kMaxPool,      // fused into the convolution before it where possible
  kAveragePool,  // windows that do not overlap
  kGlobalPool,   // mean over height and width
  kAdd,          // of two inputs
  kTranspose,    // (1, W, C) -> (C, W, 1): channels become height
  kFlatten,      // of 1 x 1 x C: no effect
  kDropout,      // at the rate of the training run
  kLinear,       // the scores, one per class
};

template <>
inline constexpr auto kNames<NodeOp> = std::to_array<Named<NodeOp>>({{NodeOp::kConv, "conv"},
                                                                     {NodeOp::kMaxPool, "max-pool"},
                                                                     {NodeOp::kAveragePool, "average-pool"},
                                                                     {NodeOp::kGlobalPool, "global-pool"},
                                                                     {NodeOp::kAdd, "add"},
                                                                     {NodeOp::kTranspose, "transpose"},
                                                                     {NodeOp::kFlatten, "flatten"},
                                                                     {NodeOp::kDropout, "dropout"},
                                                                     {NodeOp::kLinear, "linear"}});

enum class NodeActivation {
  kNone,
  kRelu,
  kRelu6,   // min(max(., 0), 6)
  kRprelu,  // RPReLU before a sign in a binary network (arXiv:2003.03488); otherwise ReLU
};
template <>
inline constexpr auto kNames<NodeActivation> = std::to_array<Named<NodeActivation>>({{NodeActivation::kRelu, "relu"},
                                                                                     {NodeActivation::kRelu6, "relu6"},
                                                                                     {NodeActivation::kRprelu,
                                                                                      "rprelu"},
                                                                                     {NodeActivation::kNone, "none"}});

// The size of a pool along one axis.
struct PoolRule {
  enum class Kind {
    kNumber,
    kMilliseconds,  // the columns in `number` ms of sound, rounded down
    kHalve,         // 2, or 1 if the axis has length 1
    kRest,          // the whole axis
  };
  Kind kind = Kind::kNumber;
  int number = 1;
  bool operator==(const PoolRule&) const = default;
};

// A node's default precision. --keep-8-bit overrides it for --binary, --keep-fp32 for `stapes quantize`.
enum class NodePrecision { kAny, kBinary, kInt8, kFp32 };
template <>
inline constexpr auto kNames<NodePrecision> = std::to_array<Named<NodePrecision>>({{NodePrecision::kFp32, "fp32"},
                                                                                   {NodePrecision::kInt8, "int8"},
                                                                                   {NodePrecision::kBinary, "binary"}});

constexpr int kNoWidth = -1;     // Node::width: the same channel count as its input
constexpr int kGraphInput = -1;  // in Node::inputs
constexpr int kDepthwise = 0;    // Node::groups

struct Node {
  std::string name;
  NodeOp op = NodeOp::kConv;
  std::vector<int> inputs = {kGraphInput};  // earlier nodes

  int width = kNoWidth;  // index into Graph::widths of the filters; only for convolutions that are not depthwise
  int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  int pad_h = 0, pad_w = 0;                           // before the first row and column
  int more_end_h = 0, more_end_w = 0;                 // extra after the last ones; may be negative
  int groups = 1;                                     // kDepthwise: one filter per channel
  bool norm = true;                                   // batch norm; false: a bias
  bool dense = false;                                 // a hidden linear layer, kept as a 1 x 1 convolution
  NodeActivation activation = NodeActivation::kRelu;  // also of an addition
  NodePrecision precision = NodePrecision::kAny;
  PoolRule pool_h, pool_w;                   // of a convolution: the max-pool after it
  int pool_stride_h = 0, pool_stride_w = 0;  // of a max-pool node; 0: same as its size

  bool operator==(const Node&) const = default;
};

// Nodes are in execution order. Each is read by a later node, except the last, which is linear.
//
// `widths` are the channel counts that pruning and width search may change. Convolutions tied by additions or depthwise
// convolutions share one width.
struct Graph {
  std::string name;
  GraphInput input = GraphInput::kAudio;
  std::vector<int> widths;
  std::vector<std::string> width_names;  // one per width
  std::vector<bool> width_per_class;     // one channel per class until pruned
  std::vector<int> width_like;           // the width to copy if --model NAME:LIST omits this one; kNoWidth: none
  std::vector<Node> nodes;

  bool operator==(const Graph&) const = default;
};

// Throws UsageError suggesting the nearest name if no node is called `name`.
int node_called(const Graph& graph, const std::string& name);

// Whether `node` is the pool before the head: no convolution comes after it.
bool pools_for_head(const Graph& graph, int node);

// The default of --keep-fp32: the nodes with precision fp32.
std::vector<std::string> usual_keep_fp32(const Graph& graph);

// [node]: index into Graph::widths of the output channels; kNoWidth if no width sets them, as after a transpose.
std::vector<int> channel_widths(const Graph& graph);

}  // namespace stapes
