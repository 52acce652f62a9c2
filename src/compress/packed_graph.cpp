// SPDX-License-Identifier: Apache-2.0
#include "compress/packed_graph.h"

#include "graph/geometry.h"
#include "graph/node_names.h"

namespace stapes {
namespace fb = packed::fb;

PackedGraph::PackedGraph(const TrainedNetwork& network, const char* form, fb::DType input)
    : network_(network), geometry_(network_geometry(network.spec)) {
  model_.route = form;
  model_.sample_rate_hz = sample_rate_hz(network.spec.input);
  model_.window_samples = input_values(network.spec.input);
  model_.labels = network.labels;
  model_.provenance = network.provenance;
  model_.features = kind_of(network.spec.input) == GraphInput::kFeatures;
  const FeatureSize shape = input_size(network.spec.input);
  add_tensor({input, shape.height, shape.width, shape.channels});
  if (input == fb::DType::kI16) model_.tensors.back()->scale = 1.0f / 32768;
}

fb::Window window_of(const ConvGeometry& conv) {
  return fb::Window(conv.kernel_h, conv.kernel_w, conv.stride_h, conv.stride_w, conv.pad_h, conv.pad_w, conv.pool_h,
                    conv.pool_w);
}

fb::Window PackedGraph::window(int conv) const { return window_of(this->conv(conv)); }

int PackedGraph::add_tensor(const Shape& shape) {
  auto tensor = std::make_unique<fb::TensorT>();
  tensor->dtype = shape.dtype;
  tensor->height = shape.height;
  tensor->width = shape.width;
  tensor->channels = shape.channels;
  model_.tensors.push_back(std::move(tensor));
  return static_cast<int>(model_.tensors.size()) - 1;
}

PackedGraph::Shape PackedGraph::shape_of(int tensor) const {
  const fb::TensorT& of = *model_.tensors.at(static_cast<std::size_t>(tensor));
  return {of.dtype, of.height, of.width, of.channels};
}

int PackedGraph::append(const std::string& name, std::vector<int> inputs, fb::OperatorUnion op, const Shape& output) {
  auto layer = std::make_unique<fb::LayerT>();
  layer->name = name;
  layer->inputs = std::move(inputs);
  layer->output = add_tensor(output);
  layer->op = std::move(op);
  model_.layers.push_back(std::move(layer));
  return model_.layers.back()->output;
}

int PackedGraph::add_transpose(const std::string& name, int input) {
  const Shape from = shape_of(input);
  const int moved = add(name, {input}, fb::TransposeT{}, {from.dtype, from.channels, from.width, from.height});
  set_scale(moved, model_.tensors[static_cast<std::size_t>(input)]->scale);
  return moved;
}

int PackedGraph::add_average_pool(int input, fb::DType output, int shift) {
  fb::AveragePoolT pool;
  pool.pool_h = geometry_.average_h;
  pool.pool_w = geometry_.average_w;
  pool.shift = shift;
  const std::string name = geometry_.average_name.empty() ? kHeadSumsName : geometry_.average_name;
  return add(name, {input}, std::move(pool), {output, 1, 1, shape_of(input).channels});
}

int PackedGraph::add_pool(const GraphStep& step, int input, fb::DType output) {
  fb::AveragePoolT pool;
  pool.pool_h = step.pool_h;
  pool.pool_w = step.pool_w;
  const Shape from = shape_of(input);
  return add(step.name, {input}, std::move(pool),
             {output, from.height / step.pool_h, from.width / step.pool_w, from.channels});
}

int PackedGraph::add_max_pool(const GraphStep& step, int input) {
  const Shape from = shape_of(input);
  fb::MaxPoolT pool;
  pool.window = std::make_unique<fb::Window>(step.pool_h, step.pool_w, step.stride_h, step.stride_w, step.pad_h,
                                             step.pad_w, 1, 1);
  const bool even = step.end_pad_h == step.pad_h && step.end_pad_w == step.pad_w;
  if (!even) pool.end_pads = std::make_unique<fb::EndPads>(step.end_pad_h, step.end_pad_w);
  const int h = (from.height + step.pad_h + step.end_pad_h - step.pool_h) / step.stride_h + 1;
  const int w = (from.width + step.pad_w + step.end_pad_w - step.pool_w) / step.stride_w + 1;
  const int pooled = add(step.name, {input}, std::move(pool), {from.dtype, h, w, from.channels});
  set_scale(pooled, model_.tensors[static_cast<std::size_t>(input)]->scale);
  return pooled;
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
