// pack_fp32.cpp: conv, batch norm and ReLU become one convolution with bias: w' = scale * w, b' = shift.
#include <string>

#include "base/error.h"
#include "compress/acdnet_graph.h"
#include "compress/batch_norm.h"
#include "compress/pack.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

fb::ConvF32T folded_conv(const TrainedNetwork& network, int conv, const fb::Window& window) {
  const std::string number = std::to_string(conv + 1);
  const std::vector<Affine> norm = batch_norm_affine(network, "bn" + number);
  fb::ConvF32T op;
  op.window = std::make_unique<fb::Window>(window);
  op.weights = channels_innermost(network.tensors.at("conv" + number + ".weight"));
  op.relu = true;
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
  AcdnetGraph graph(network, "fp32", fb::DType::kF32);
  for (int conv = 0; conv < kAcdnetConvs; ++conv) {
    graph.add_conv(conv, folded_conv(network, conv, graph.window(conv)), fb::DType::kF32);
  }
  graph.add_average_pool(fb::DType::kF32);
  fb::LinearF32T head;
  head.weights = network.tensors.at("head.weight").values;
  head.bias = network.tensors.at("head.bias").values;
  graph.add_head(std::move(head), fb::DType::kF32, 1.0f);
  return std::move(graph).finish();
}

fb::ModelT pack_network(const TrainedNetwork& network) {
  check_tensors(network);
  return network.spec.binary ? pack_binary(network) : pack_fp32(network);
}

}  // namespace stapes
