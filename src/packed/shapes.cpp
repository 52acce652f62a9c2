// SPDX-License-Identifier: Apache-2.0
#include "packed/shapes.h"

#include "packed/operators/operator.h"

namespace stapes {

const fb::Window* layer_window(const fb::Layer& layer) noexcept {
  const auto window = describe(layer).window;
  return window == nullptr ? nullptr : window(layer);
}

fb::EndPads end_pads_of(const fb::Window& window, const fb::EndPads* end_pads) noexcept {
  return end_pads == nullptr ? fb::EndPads(window.pad_h(), window.pad_w()) : *end_pads;
}

fb::EndPads layer_end_pads(const fb::Layer& layer) noexcept {
  return end_pads_of(*layer_window(layer), describe(layer).end_pads(layer));
}

std::int32_t layer_groups(const fb::Layer& layer) noexcept {
  const auto groups = describe(layer).groups;
  return groups == nullptr ? 1 : groups(layer);
}

const fb::Tensor& input_tensor(const fb::Model& model, const fb::Layer& layer) noexcept {
  return *model.tensors()->Get(static_cast<flatbuffers::uoffset_t>(layer.inputs()->Get(0)));
}

bool is_addition(const fb::Layer& layer) noexcept { return describe(layer).input_count == 2; }

const fb::Tensor& second_input_tensor(const fb::Model& model, const fb::Layer& layer) noexcept {
  return *model.tensors()->Get(static_cast<flatbuffers::uoffset_t>(layer.inputs()->Get(1)));
}

const fb::Tensor& output_tensor(const fb::Model& model, const fb::Layer& layer) noexcept {
  return *model.tensors()->Get(static_cast<flatbuffers::uoffset_t>(layer.output()));
}

int count_uses(const fb::Model& model, std::int32_t tensor) noexcept {
  int uses = 0;
  for (const auto* layer : *model.layers()) {
    for (const std::int32_t input : *layer->inputs()) uses += input == tensor;
  }
  return uses;
}

const fb::Tensor& last_tensor(const fb::Model& model) noexcept {
  return output_tensor(model, *model.layers()->Get(model.layers()->size() - 1));
}

}  // namespace stapes
