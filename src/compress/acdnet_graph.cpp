#include "compress/acdnet_graph.h"

#include <string>

namespace stapes {
namespace fb = packed::fb;

AcdnetGraph::AcdnetGraph(const TrainedNetwork& network, const char* route, fb::DType input)
    : network_(network), geometry_(acdnet_geometry(network.spec)) {
  model_.route = route;
  model_.sample_rate_hz = network.spec.sample_rate_hz;
  model_.window_samples = network.spec.window_samples;
  model_.labels = network.labels;
  model_.provenance = network.provenance;
  auto wave = std::make_unique<fb::TensorT>();
  wave->dtype = input;
  wave->height = 1;
  wave->width = network.spec.window_samples;
  wave->channels = 1;
  if (input == fb::DType::kI16) wave->scale = 1.0f / 32768;
  model_.tensors.push_back(std::move(wave));
}

fb::Window AcdnetGraph::window(int conv) const {
  const ConvGeometry& g = geometry_.convs.at(static_cast<std::size_t>(conv));
  return fb::Window(g.kernel_h, g.kernel_w, 1, g.stride_w, g.pad, g.pad, g.pool_h, g.pool_w);
}

void AcdnetGraph::append(const char* name, fb::OperatorUnion op, fb::DType dtype, int height, int width, int channels) {
  auto layer = std::make_unique<fb::LayerT>();
  layer->name = name;
  layer->inputs = {static_cast<int>(model_.tensors.size()) - 1};
  layer->output = static_cast<int>(model_.tensors.size());
  layer->op = std::move(op);
  model_.layers.push_back(std::move(layer));
  auto tensor = std::make_unique<fb::TensorT>();
  tensor->dtype = dtype;
  tensor->height = height;
  tensor->width = width;
  tensor->channels = channels;
  model_.tensors.push_back(std::move(tensor));
}

void AcdnetGraph::append_conv(int conv, fb::OperatorUnion op, fb::DType output) {
  const ConvGeometry& g = geometry_.convs.at(static_cast<std::size_t>(conv));
  const int height = g.out_h / g.pool_h, width = g.out_w / g.pool_w;
  const std::string name = "conv" + std::to_string(conv + 1);
  append(name.c_str(), std::move(op), output, height, width, g.out_channels);
  if (conv != 1) return;
  fb::OperatorUnion swap;
  swap.Set(fb::SwapT{});
  append("swap", std::move(swap), output, g.out_channels, width, 1);
}

void AcdnetGraph::add_average_pool(fb::DType output) {
  fb::AveragePoolT pool;
  pool.pool_h = geometry_.average_h;
  pool.pool_w = geometry_.average_w;
  fb::OperatorUnion op;
  op.Set(std::move(pool));
  append("pool", std::move(op), output, 1, 1, geometry_.convs.back().out_channels);
}

std::vector<float> channels_innermost(const FloatTensor& weights) {
  const auto size = [&](int axis) {
    return static_cast<std::size_t>(weights.shape.at(static_cast<std::size_t>(axis)));
  };
  const std::size_t outs = size(0), ins = size(1), taps = size(2) * size(3);
  std::vector<float> moved(weights.values.size());
  for (std::size_t out = 0; out < outs; ++out)
    for (std::size_t in = 0; in < ins; ++in)
      for (std::size_t tap = 0; tap < taps; ++tap)
        moved[(out * taps + tap) * ins + in] = weights.values[(out * ins + in) * taps + tap];
  return moved;
}

}  // namespace stapes
