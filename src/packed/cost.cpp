// SPDX-License-Identifier: Apache-2.0
#include "packed/cost.h"

#include "packed/operators/operator.h"

namespace stapes {

std::int64_t threshold_bytes(const fb::Thresholds* t) {
  return t == nullptr ? 0 : vector_bytes(t->threshold()) + vector_bytes(t->falling());
}

Cost pool_cost(const fb::Layer& layer, const fb::Tensor&, const fb::Tensor& out) {
  const Pooling pooling = describe(layer).pooling(layer);
  return {.paper_flops = element_count(out) * pooling.kernel_h * pooling.kernel_w};
}

int Cost::weight_bits() const {
  return parameters_1bit > 0 ? 1 : parameters_8bit > 0 ? 8 : parameters_16bit > 0 ? 16 : parameters_32bit > 0 ? 32 : 0;
}

double Cost::word_macs() const {
  const auto binary = static_cast<double>(binary_macs);
  return static_cast<double>(macs) - binary + binary / 64;
}

void Cost::add_parameters(int bits, std::int64_t count) {
  const auto parameters = static_cast<double>(count);
  switch (bits) {
    case 1:
      parameters_1bit += count;
      paper_bytes += parameters / 8;
      break;
    case 8:
      parameters_8bit += count;
      paper_bytes += parameters;
      break;
    case 16:
      parameters_16bit += count;
      paper_bytes += parameters * 4;
      break;
    default:
      parameters_32bit += count;
      paper_bytes += parameters * 4;
  }
}

Cost& Cost::operator+=(const Cost& other) {
  macs += other.macs;
  binary_macs += other.binary_macs;
  paper_flops += other.paper_flops;
  parameters_1bit += other.parameters_1bit;
  parameters_8bit += other.parameters_8bit;
  parameters_16bit += other.parameters_16bit;
  parameters_32bit += other.parameters_32bit;
  paper_bytes += other.paper_bytes;
  constants.weights += other.constants.weights;
  constants.biases += other.constants.biases;
  constants.thresholds += other.constants.thresholds;
  constants.rescaling += other.constants.rescaling;
  return *this;
}

Cost layer_cost(const fb::Model& model, const fb::Layer& layer) noexcept {
  const auto cost = describe(layer).cost;
  return cost == nullptr ? Cost{} : cost(layer, input_tensor(model, layer), output_tensor(model, layer));
}

Cost model_cost(const fb::Model& model) noexcept {
  Cost total;
  for (const auto* layer : *model.layers()) total += layer_cost(model, *layer);
  return total;
}

}  // namespace stapes
