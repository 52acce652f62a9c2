// SPDX-License-Identifier: Apache-2.0
#include "packed/cost.h"

namespace stapes {
namespace {

template <class T>
std::int64_t vector_bytes(const flatbuffers::Vector<T>* values) {
  return values == nullptr ? 0 : std::int64_t{values->size()} * static_cast<std::int64_t>(sizeof(T));
}

std::int64_t threshold_bytes(const fb::Thresholds* t) {
  return t == nullptr ? 0 : vector_bytes(t->threshold()) + vector_bytes(t->falling());
}

ConstantBytes constant_bytes(const fb::Layer& layer) {
  const auto weights_and_biases = [](const auto* op) {
    return ConstantBytes{.weights = vector_bytes(op->weights()), .biases = vector_bytes(op->bias())};
  };
  const auto weights_and_thresholds = [](const auto* op) {
    return ConstantBytes{.weights = vector_bytes(op->weights()), .thresholds = threshold_bytes(op->thresholds())};
  };
  switch (layer.op_type()) {
    case fb::Operator::ConvF32:
      return weights_and_biases(layer.op_as_ConvF32());
    case fb::Operator::ConvI8: {
      ConstantBytes bytes = weights_and_biases(layer.op_as_ConvI8());
      if (const auto* sparse = layer.op_as_ConvI8()->sparse()) {
        bytes.weights = vector_bytes(sparse->entries()) + vector_bytes(sparse->gaps()) + vector_bytes(sparse->values());
      }
      bytes.thresholds = threshold_bytes(layer.op_as_ConvI8()->thresholds());
      bytes.rescaling = vector_bytes(layer.op_as_ConvI8()->multiplier()) + vector_bytes(layer.op_as_ConvI8()->shift());
      return bytes;
    }
    case fb::Operator::ConvPcm:
      return weights_and_thresholds(layer.op_as_ConvPcm());
    case fb::Operator::ConvBits:
      return weights_and_thresholds(layer.op_as_ConvBits());
    case fb::Operator::LinearF32:
      return weights_and_biases(layer.op_as_LinearF32());
    case fb::Operator::LinearI8:
      return weights_and_biases(layer.op_as_LinearI8());
    case fb::Operator::LinearI16:
      return weights_and_biases(layer.op_as_LinearI16());
    case fb::Operator::AddI32:
      return {.rescaling = vector_bytes(layer.op_as_AddI32()->multiplier_a()) +
                           vector_bytes(layer.op_as_AddI32()->multiplier_b())};
    case fb::Operator::Decide:
      return {.thresholds = threshold_bytes(layer.op_as_Decide()->thresholds())};
    case fb::Operator::Swap:
    case fb::Operator::AveragePool:
    case fb::Operator::AddF32:
    case fb::Operator::AddI8:
    case fb::Operator::NONE:
      break;
  }
  return {};
}

// Whether a ReLU, or the sign that stands for one, is part of the layer.
bool has_relu(const fb::Layer& layer, const fb::Tensor& out) {
  if (const auto* conv = layer.op_as_ConvF32()) return conv->relu();
  if (const auto* conv = layer.op_as_ConvBits()) return !conv->signed_sums();
  if (const auto* conv = layer.op_as_ConvI8())
    return conv->thresholds() != nullptr || conv->minimum() >= out.zero_point();
  if (const auto* add = layer.op_as_AddF32()) return add->relu();
  if (const auto* add = layer.op_as_AddI8()) return add->minimum() >= out.zero_point();
  if (const auto* add = layer.op_as_AddI32()) return add->relu();
  return layer.op_type() == fb::Operator::ConvPcm;
}

// Books `count` parameters under the width their layer is stored in.
void add_parameters(Cost& cost, fb::Operator op, std::int64_t count) {
  switch (op) {
    case fb::Operator::ConvBits:
      cost.parameters_1bit += count;
      cost.paper_bytes += static_cast<double>(count) / 8;
      break;
    case fb::Operator::ConvI8:
    case fb::Operator::LinearI8:
      cost.parameters_8bit += count;
      cost.paper_bytes += static_cast<double>(count);
      break;
    case fb::Operator::ConvPcm:
    case fb::Operator::LinearI16:
      cost.parameters_16bit += count;
      cost.paper_bytes += static_cast<double>(count) * 4;
      break;
    default:
      cost.parameters_32bit += count;
      cost.paper_bytes += static_cast<double>(count) * 4;
  }
}

Cost conv_cost(const fb::Layer& layer, const fb::Tensor& in, const fb::Tensor& out) {
  const fb::Window& w = *layer_window(layer);
  const fb::Operator op = layer.op_type();
  const std::int64_t positions = std::int64_t{conv_output(in.height(), w.kernel_h(), w.stride_h(), w.pad_h())} *
                                 conv_output(in.width(), w.kernel_w(), w.stride_w(), w.pad_w());
  const std::int64_t weights =
      std::int64_t{out.channels()} * (in.channels() / layer_groups(layer)) * w.kernel_h() * w.kernel_w();
  const std::int64_t pool_window = std::int64_t{w.pool_h()} * w.pool_w();
  Cost cost;
  cost.macs = positions * weights;
  cost.binary_macs = op == fb::Operator::ConvBits ? cost.macs : 0;
  cost.paper_flops = cost.macs + (has_relu(layer, out) ? positions * out.channels() : 0);
  if (pool_window > 1) cost.paper_flops += element_count(out) * pool_window;
  const std::int64_t norm_channels = op == fb::Operator::ConvBits ? in.channels() : out.channels();
  add_parameters(cost, op, weights + 2 * norm_channels);
  return cost;
}

bool is_linear(const fb::Layer& layer) {
  const fb::Operator op = layer.op_type();
  return op == fb::Operator::LinearF32 || op == fb::Operator::LinearI8 || op == fb::Operator::LinearI16;
}

Cost linear_cost(const fb::Tensor& in, const fb::Tensor& out, fb::Operator op) {
  Cost cost;
  cost.macs = std::int64_t{in.channels()} * out.channels();
  cost.paper_flops = cost.macs + out.channels();
  add_parameters(cost, op, cost.macs + out.channels());
  return cost;
}

}  // namespace

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
  const fb::Tensor& in = input_tensor(model, layer);
  const fb::Tensor& out = output_tensor(model, layer);
  Cost cost;
  if (layer_window(layer) != nullptr) {
    cost = conv_cost(layer, in, out);
  } else if (const auto* pool = layer.op_as_AveragePool()) {
    cost.paper_flops = element_count(out) * pool->pool_h() * pool->pool_w();
  } else if (is_addition(layer)) {
    cost.paper_flops = has_relu(layer, out) ? element_count(out) : 0;
  } else if (is_linear(layer)) {
    cost = linear_cost(in, out, layer.op_type());
  }
  cost.constants = constant_bytes(layer);
  return cost;
}

Cost model_cost(const fb::Model& model) noexcept {
  Cost total;
  for (const auto* layer : *model.layers()) total += layer_cost(model, *layer);
  return total;
}

}  // namespace stapes
