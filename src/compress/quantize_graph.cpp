// SPDX-License-Identifier: Apache-2.0
#include "compress/quantize_graph.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "compress/int8_layer.h"
#include "packed/operators/operator.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

bool reads(const fb::LayerT& layer, std::int32_t tensor) {
  return std::ranges::find(layer.inputs, tensor) != layer.inputs.end();
}

// Whether all readers of `tensor`, through transposes, are convolutions.
bool only_convolutions_read(const fb::ModelT& model, std::int32_t tensor) {
  bool any = false;
  for (const auto& layer : model.layers) {
    if (!reads(*layer, tensor)) continue;
    any = true;
    if (layer->op.type == fb::Operator::ConvF32) continue;
    if (layer->op.type != fb::Operator::Transpose || !only_convolutions_read(model, layer->output)) return false;
  }
  return any;
}

std::optional<int> narrowest_reader(const fb::ModelT& model, std::int32_t tensor) {
  std::optional<int> least;
  for (const auto& layer : model.layers) {
    if (!reads(*layer, tensor)) continue;
    std::optional<int> taken;
    if (const fb::ConvF32T* conv = layer->op.AsConvF32()) {
      taken = widest_value(conv->weights.size() / conv->bias.size());
    } else if (layer->op.type == fb::Operator::Transpose) {
      taken = narrowest_reader(model, layer->output);
    }
    if (taken) least = std::min(*taken, least.value_or(*taken));
  }
  return least;
}

}  // namespace

bool computes(const fb::LayerT& layer) { return !describe(layer.op.type).keeps_scale; }

bool can_stay_float(const fb::LayerT& layer) { return computes(layer) && layer.op.type != fb::Operator::AddF32; }

FloatParts::FloatParts(const fb::ModelT& model, const std::vector<std::string>& names)
    : layers(model.layers.size()), readers(model.tensors.size(), true) {
  for (std::size_t i = layers.size(); i-- > 0;) {
    const fb::LayerT& layer = *model.layers[i];
    layers[i] = std::ranges::find(names, layer.name) != names.end();
    const bool real = computes(layer) ? layers[i] : readers[static_cast<std::size_t>(layer.output)];
    if (real) continue;
    for (const std::int32_t input : layer.inputs) readers[static_cast<std::size_t>(input)] = false;
  }
}

std::vector<std::string> wide_layers(const fb::ModelT& model) {
  std::vector<std::string> names;
  for (const auto& layer : model.layers) {
    if (layer->op.type == fb::Operator::Transpose) continue;
    if (layer->op.type != fb::Operator::ConvF32 || !only_convolutions_read(model, layer->output)) break;
    names.push_back(layer->name);
  }
  return names;
}

bool is_wide(const fb::ModelT& model, std::size_t index, const std::string& last) {
  const auto found = std::ranges::find(model.layers, last, [](const auto& layer) { return layer->name; });
  return found != model.layers.end() && index <= static_cast<std::size_t>(found - model.layers.begin()) &&
         model.layers[index]->op.type == fb::Operator::ConvF32;
}

int widest_output(const fb::ModelT& model, std::int32_t tensor) {
  if (const std::optional<int> widest = narrowest_reader(model, tensor)) return *widest;
  throw Error("no convolution reads the 16-bit tensor {}", tensor);
}

}  // namespace stapes
