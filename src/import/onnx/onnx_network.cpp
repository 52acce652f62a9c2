// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "base/error.h"
#include "graph/geometry.h"
#include "graph/graph_toml.h"
#include "graph/node_names.h"
#include "graph/ties.h"

namespace stapes {
namespace {

constexpr float kMinEpsilon = 1e-12f;

std::int64_t whole(std::size_t size) { return static_cast<std::int64_t>(size); }

FloatTensor list(std::vector<float> values) {
  const auto count = whole(values.size());
  return {{count}, std::move(values)};
}

class NetworkBuilder {
 public:
  NetworkBuilder(const OnnxImport& imported, const OnnxNetworkOptions& options)
      : imported_(imported), options_(options) {}

  OnnxNetwork build() {
    if (imported_.is_quantized()) throw Error("a quantized graph; expected a float one");
    graph_.name = options_.name;
    graph_.input = options_.input;
    set_input();
    set_epsilon();
    const std::vector<OnnxLayer>& layers = imported_.layers;
    const bool has_head =
        layers.back().is_linear() && !layers.back().norm && layers.back().activation == NodeActivation::kNone;
    network().spec.class_count = layers.back().out.channels;
    for (std::size_t i = 0; i + (has_head ? 1 : 0) < layers.size(); ++i) add(layers[i]);
    if (has_head) {
      add_head(layers.back().weights, layers.back().bias, node_of(layers.back().inputs.front()), layers.back().node);
    } else {
      add_keeping_head();
    }
    finish();
    return std::move(result_);
  }

 private:
  TrainedNetwork& network() { return result_.network; }

  void set_input() {
    const FeatureSize& size = imported_.input;
    if (options_.input == GraphInput::kAudio) {
      if (size.height != 1 || size.channels != 1) {
        throw Error("an input of {} x {} x {}; audio has one row and one channel; leave out --sample-rate", size.height,
                    size.width, size.channels);
      }
      network().spec.input = AudioInput{options_.sample_rate_hz, size.width};
    } else if (options_.input == GraphInput::kImage) {
      network().spec.input = ImageSize{size.height, size.width, size.channels};
    } else {
      network().spec.input = size;
    }
  }

  // A network has one epsilon, the smallest in the file. add_norm() adds the rest of a larger epsilon to the variance.
  void set_epsilon() {
    float least = std::numeric_limits<float>::max();
    for (const OnnxLayer& layer : imported_.layers) {
      if (layer.norm) least = std::min(least, layer.norm->epsilon);
    }
    if (least < 1) network().batch_norm_epsilon = std::max(least, kMinEpsilon);
  }

  int node_of(int layer) const { return layer == kOnnxInput ? kGraphInput : layer; }  // one node for each layer

  std::string next_name(const char* kind) { return fmt::format("{}{}", kind, ++counts_[kind]); }

  int add_node(Node node, const std::string& from) {
    result_.nodes.emplace_back(node.name, from);
    graph_.nodes.push_back(std::move(node));
    return static_cast<int>(graph_.nodes.size()) - 1;
  }

  void add(const OnnxLayer& layer) {
    Node node;
    node.inputs.clear();
    for (const int input : layer.inputs) node.inputs.push_back(node_of(input));
    node.activation = layer.activation;
    switch (layer.kind) {
      case OnnxLayerKind::kConv:
        describe_conv(layer, node);
        break;
      case OnnxLayerKind::kMaxPool:
        node.name = next_name("max");
        node.op = NodeOp::kMaxPool;
        describe_pool(layer, node);
        break;
      case OnnxLayerKind::kAveragePool:
        if (!layer.pools_side_by_side()) throw Error("node {}: expected adjacent windows without padding", layer.node);
        node.name = next_name("mean");
        node.op = layer.out.height * layer.out.width == 1 ? NodeOp::kGlobalPool : NodeOp::kAveragePool;
        if (node.op == NodeOp::kAveragePool) set_pool_rules(layer, node);
        break;
      case OnnxLayerKind::kAdd:
        node.name = next_name("add");
        node.op = NodeOp::kAdd;
        break;
      case OnnxLayerKind::kSoftmax:
      case OnnxLayerKind::kLogistic:
        throw Error("node {}: 8-bit probabilities are not supported", layer.node);
      case OnnxLayerKind::kTranspose:
        node.name = next_name("transpose");
        node.op = NodeOp::kTranspose;
        break;
    }
    const bool activates = layer.kind == OnnxLayerKind::kConv || layer.kind == OnnxLayerKind::kAdd;
    if (!activates) node.activation = NodeActivation::kRelu;  // the default for nodes without an activation
    add_node(std::move(node), layer.node);
  }

  static void set_pool_rules(const OnnxLayer& layer, Node& node) {
    node.pool_h = {PoolRule::Kind::kNumber, layer.h.kernel};
    node.pool_w = {PoolRule::Kind::kNumber, layer.w.kernel};
  }

  static void set_pads(const OnnxLayer& layer, Node& node) {
    node.pad_h = layer.h.pads.before;
    node.pad_w = layer.w.pads.before;
    node.more_end_h = layer.h.pads.after - layer.h.pads.before;
    node.more_end_w = layer.w.pads.after - layer.w.pads.before;
  }

  static void describe_pool(const OnnxLayer& layer, Node& node) {
    set_pool_rules(layer, node);
    set_pads(layer, node);
    const bool side_by_side = layer.h.stride == layer.h.kernel && layer.w.stride == layer.w.kernel;
    if (side_by_side) return;
    node.pool_stride_h = layer.h.stride;
    node.pool_stride_w = layer.w.stride;
  }

  void describe_conv(const OnnxLayer& layer, Node& node) {
    node.dense = layer.is_linear();
    const bool depthwise =
        layer.groups > 1 && layer.groups == layer.in.channels && layer.in.channels == layer.out.channels;
    node.name = next_name(node.dense ? "linear" : depthwise ? "depthwise" : "conv");
    node.kernel_h = layer.h.kernel;
    node.kernel_w = layer.w.kernel;
    node.stride_h = layer.h.stride;
    node.stride_w = layer.w.stride;
    set_pads(layer, node);
    node.groups = depthwise ? kDepthwise : layer.groups;
    if (!depthwise) node.width = add_width(node.name, layer.out.channels);
    node.norm = layer.norm.has_value();
    network().tensors[node.name + ".weight"] = {
        {layer.out.channels, layer.in.channels / layer.groups, layer.h.kernel, layer.w.kernel}, layer.weights};
    if (layer.norm) {
      add_norm(norm_name(node.name), *layer.norm, layer.bias);
    } else {
      network().tensors[node.name + ".bias"] = list(layer.bias);
    }
  }

  int add_width(const std::string& name, int channels) {
    graph_.widths.push_back(channels);
    graph_.width_names.push_back(name);
    graph_.width_per_class.push_back(false);
    graph_.width_like.push_back(kNoWidth);
    return static_cast<int>(graph_.widths.size()) - 1;
  }

  // `bias`: the bias of the preceding convolution, which is folded into the mean.
  void add_norm(const std::string& name, const OnnxNorm& norm, const std::vector<float>& bias) {
    std::vector<float> mean = norm.mean, variance = norm.variance;
    for (std::size_t c = 0; c < mean.size(); ++c) {
      mean[c] -= bias[c];
      variance[c] = std::max(variance[c], 0.0f) + (norm.epsilon - network().batch_norm_epsilon);
      variance[c] = std::max(variance[c], 0.0f);
    }
    network().tensors[name + ".weight"] = list(norm.weight);
    network().tensors[name + ".bias"] = list(norm.bias);
    network().tensors[name + ".running_mean"] = list(std::move(mean));
    network().tensors[name + ".running_var"] = list(std::move(variance));
  }

  void add_head(std::vector<float> weights, std::vector<float> bias, int input, const std::string& from) {
    Node node;
    node.name = kHeadName;
    node.op = NodeOp::kLinear;
    node.inputs = {input};
    const auto classes = whole(bias.size()), inputs = whole(weights.size()) / classes;
    network().tensors["head.weight"] = {{classes, inputs}, std::move(weights)};
    network().tensors["head.bias"] = list(std::move(bias));
    add_node(std::move(node), from);
  }

  // Adds an identity, since a network must end in a linear node.
  void add_keeping_head() {
    const auto classes = static_cast<std::size_t>(network().spec.class_count);
    if (classes > static_cast<std::size_t>(kMaxWidth))
      throw Error("{} classes; expected at most {}", classes, kMaxWidth);
    std::vector<float> weights(classes * classes);
    for (std::size_t c = 0; c < classes; ++c) weights[c * classes + c] = 1;
    const int last = static_cast<int>(graph_.nodes.size()) - 1;
    add_head(std::move(weights), std::vector<float>(classes), last, imported_.layers.back().node);
  }

  void finish() {
    tie_widths(graph_);
    // Parsed, so that all checks for files apply.
    network().spec.graph = parse_graph(graph_text(graph_), "the network", network().spec.class_count);
    for (int c = 0; c < network().spec.class_count; ++c) network().labels.push_back(fmt::format("class_{}", c));
    check_tensors(network());
  }

  const OnnxImport& imported_;
  const OnnxNetworkOptions& options_;
  OnnxNetwork result_;
  Graph graph_;
  std::map<std::string, int> counts_;  // of nodes by kind
};

}  // namespace

OnnxNetwork network_of(const OnnxImport& imported, const OnnxNetworkOptions& options) {
  return NetworkBuilder(imported, options).build();
}

}  // namespace stapes
