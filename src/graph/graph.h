// SPDX-License-Identifier: Apache-2.0
// graph.h: a network as data, before training and packing: nodes, what each reads, and rules for what depends on the
// input. docs/networks.md explains nodes and keys; graph_toml.h reads and writes it.
#pragma once

#include <string>
#include <vector>

namespace stapes {

inline constexpr int kMaxWidth = 4096;  // channels; keeps products in range
inline constexpr int kMaxNodes = 1000;

enum class NodeOp {
  kConv,         // convolution, batch norm, activation, max-pool
  kMaxPool,      //
  kAveragePool,  // windows that do not overlap
  kGlobalPool,   // the mean over all that is left of height and width
  kAdd,          // of two
  kTranspose,    // (1, W, C) -> (C, W, 1): channels become height
  kFlatten,      // of 1 x 1 x C: nothing to do
  kDropout,      // at the rate of the training run
  kLinear,       // the scores, one a class
};

const char* to_string(NodeOp op);  // "conv", "max-pool", ...

enum class NodeActivation { kNone, kRelu };

// How many values of one axis a pool takes.
struct PoolRule {
  enum class Kind {
    kNumber,
    kMilliseconds,  // as many columns as the graph makes of `number` ms of sound; rounded down
    kHalve,         // 2, where at least 2 are there; else 1
    kRest,          // all
  };
  Kind kind = Kind::kNumber;
  int number = 1;
  bool operator==(const PoolRule&) const = default;
};

// What --binary training makes of a convolution, unless --keep-8-bit says otherwise.
enum class NodePrecision { kAny, kBinary, kInt8 };

constexpr int kNoWidth = -1;     // Node::width: its channels are those of what it reads
constexpr int kGraphInput = -1;  // in Node::inputs
constexpr int kDepthwise = 0;    // Node::groups

struct Node {
  std::string name;
  NodeOp op = NodeOp::kConv;
  std::vector<int> inputs = {kGraphInput};  // earlier nodes

  int width = kNoWidth;  // of a convolution that is not depthwise: the place of its filters in Graph::widths
  int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  int pad_h = 0, pad_w = 0;                           // on both sides
  int groups = 1;                                     // kDepthwise: one filter a channel
  bool norm = true;                                   // batch norm; without it a bias
  NodeActivation activation = NodeActivation::kRelu;  // also of an addition
  NodePrecision precision = NodePrecision::kAny;
  PoolRule pool_h, pool_w;  // of a convolution: the max-pool behind it

  bool operator==(const Node&) const = default;
};

// Nodes are in the order of running; each is read by a later one, but for the last, the linear one.
//
// `widths` are the numbers of channels that may differ: one for each convolution or, where additions and depthwise
// convolutions tie several together, for all of them. Pruning and width search change widths and nothing else.
struct Graph {
  std::string name;
  bool for_images = false;  // else for sound
  std::vector<int> widths;
  std::vector<std::string> width_names;  // of each
  std::vector<bool> width_per_class;     // one channel a class, as long as nothing is pruned
  std::vector<int> width_like;           // the width it equals where --model NAME:LIST does not give it; else kNoWidth
  std::vector<Node> nodes;

  bool operator==(const Graph&) const = default;
};

// A node's place; UsageError naming the nearest name when there is none.
int node_called(const Graph& graph, const std::string& name);

// For each node, the place in Graph::widths of the channels of what it gives: kNoWidth where they are no width, as
// those of the input or of a transpose.
std::vector<int> channel_widths(const Graph& graph);

}  // namespace stapes
