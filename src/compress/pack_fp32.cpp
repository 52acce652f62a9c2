// SPDX-License-Identifier: Apache-2.0
// pack_fp32.cpp: conv, batch norm and ReLU become one convolution with bias: w' = scale * w, b' = shift.
#include <string>

#include "base/error.h"
#include "compress/batch_norm.h"
#include "compress/pack.h"
#include "compress/packed_graph.h"
#include "graph/geometry.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

fb::ConvF32T folded_conv(const TrainedNetwork& network, const ConvGeometry& conv, const fb::Window& window) {
  const std::vector<Affine> norm = output_affine(network, conv);
  fb::ConvF32T op;
  op.window = std::make_unique<fb::Window>(window);
  op.weights = channels_innermost(network.tensors.at(conv.name + ".weight"));
  op.relu = conv.relu;
  op.relu6 = conv.relu6;
  op.groups = conv.groups;
  const std::size_t filter = op.weights.size() / norm.size();
  for (std::size_t out = 0; out < norm.size(); ++out) {
    op.bias.push_back(static_cast<float>(norm[out].shift));
    for (std::size_t i = 0; i < filter; ++i) {
      float& weight = op.weights[out * filter + i];
      weight = static_cast<float>(norm[out].scale * weight);
    }
  }
  return op;
}

}  // namespace

fb::ModelT pack_fp32(const TrainedNetwork& network) {
  PackedGraph graph(network, "fp32", fb::DType::kF32);
  std::vector<int> tensor_of = {0};  // by value
  for (const GraphStep& step : graph.geometry().steps) {
    const auto input = [&](int value) { return tensor_of[static_cast<std::size_t>(value)]; };
    switch (step.kind) {
      case GraphStep::Kind::kConv: {
        fb::ConvF32T conv = folded_conv(network, graph.conv(step.conv), graph.window(step.conv));
        tensor_of.push_back(graph.add_conv(step.conv, input(step.a), std::move(conv), fb::DType::kF32));
        break;
      }
      case GraphStep::Kind::kTranspose:
        tensor_of.push_back(graph.add_transpose(step.name, input(step.a)));
        break;
      case GraphStep::Kind::kAveragePool:
        tensor_of.push_back(graph.add_pool(step, input(step.a), fb::DType::kF32));
        break;
      case GraphStep::Kind::kMaxPool:
        tensor_of.push_back(graph.add_max_pool(step, input(step.a)));
        break;
      case GraphStep::Kind::kDropout:
        tensor_of.push_back(input(step.a));
        break;
      case GraphStep::Kind::kAdd: {
        fb::AddF32T sum;
        sum.relu = step.relu;
        sum.relu6 = step.relu6;
        const std::vector<int> branches = {input(step.a), input(step.b)};
        tensor_of.push_back(graph.add_pointwise(step.name, branches, std::move(sum), fb::DType::kF32));
        break;
      }
    }
  }
  const bool pools = !graph.geometry().average_name.empty();
  const int pooled = pools ? graph.add_average_pool(tensor_of.back(), fb::DType::kF32) : tensor_of.back();
  fb::LinearF32T head;
  head.weights = network.tensors.at("head.weight").values;
  head.bias = network.tensors.at("head.bias").values;
  graph.add_head(pooled, std::move(head), fb::DType::kF32, 1.0f);
  return std::move(graph).finish();
}

fb::ModelT pack_network(const TrainedNetwork& network) {
  check_tensors(network);
  return network.spec.binary ? pack_binary(network) : pack_fp32(network);
}

}  // namespace stapes
