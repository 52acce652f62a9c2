// SPDX-License-Identifier: Apache-2.0
// Costs and descriptions of the four convolutions.
#include "packed/operators/conv.h"

#include "packed/operators/window.h"

namespace stapes {
namespace {

ConstantBytes constant_bytes(const fb::ConvF32& op) {
  return {.weights = vector_bytes(op.weights()), .biases = vector_bytes(op.bias())};
}

ConstantBytes constant_bytes(const fb::ConvI8& op) {
  const auto sparse_bytes = [](const fb::SparseWeights& sparse) {
    return vector_bytes(sparse.entries()) + vector_bytes(sparse.gaps()) + vector_bytes(sparse.values());
  };
  return {.weights = op.sparse() == nullptr ? vector_bytes(op.weights()) : sparse_bytes(*op.sparse()),
          .biases = vector_bytes(op.bias()),
          .thresholds = threshold_bytes(op.thresholds()),
          .rescaling = vector_bytes(op.multiplier()) + vector_bytes(op.shift())};
}

template <class Op>  // ConvPcm, ConvBits
ConstantBytes constant_bytes(const Op& op) {
  return {.weights = vector_bytes(op.weights()), .thresholds = threshold_bytes(op.thresholds())};
}

// Whether a ReLU, or the sign that replaces it, is part of the layer.
bool has_relu(const fb::ConvF32& op, const fb::Tensor&) { return op.relu(); }
bool has_relu(const fb::ConvI8& op, const fb::Tensor& out) {
  return op.thresholds() != nullptr || op.minimum() >= out.zero_point();
}
bool has_relu(const fb::ConvPcm&, const fb::Tensor&) { return true; }
bool has_relu(const fb::ConvBits& op, const fb::Tensor&) { return !op.signed_sums(); }

template <class Op>
Cost cost_of(const fb::Layer& layer, const fb::Tensor& in, const fb::Tensor& out) {
  const Op& op = *layer.op_as<Op>();
  const fb::Window& w = *op.window();
  const int weight_bits = describe(layer).weight_bits;
  const std::int64_t positions = window_positions(w, op.end_pads(), in);
  const std::int64_t weights =
      std::int64_t{out.channels()} * (in.channels() / op.groups()) * w.kernel_h() * w.kernel_w();
  const std::int64_t pool_window = std::int64_t{w.pool_h()} * w.pool_w();
  Cost cost;
  cost.macs = positions * weights;
  cost.binary_macs = weight_bits == 1 ? cost.macs : 0;
  cost.paper_flops = cost.macs + (has_relu(op, out) ? positions * out.channels() : 0);
  if (pool_window > 1) cost.paper_flops += element_count(out) * pool_window;
  const std::int64_t norm_channels = weight_bits == 1 ? in.channels() : out.channels();
  cost.add_parameters(weight_bits, weights + 2 * norm_channels);
  cost.constants = constant_bytes(op);
  return cost;
}

template <class Op>
constexpr OperatorDescription conv_of(int weight_bits, Finding (*check)(const fb::Layer&, OperatorContext&)) {
  return {.weight_bits = weight_bits,
          .check = check,
          .cost = cost_of<Op>,
          .window = [](const fb::Layer& layer) { return layer.op_as<Op>()->window(); },
          .end_pads = [](const fb::Layer& layer) { return layer.op_as<Op>()->end_pads(); },
          .groups = [](const fb::Layer& layer) { return layer.op_as<Op>()->groups(); }};
}

}  // namespace

extern constexpr OperatorDescription kConvF32 = conv_of<fb::ConvF32>(32, check_conv_f32);
extern constexpr OperatorDescription kConvI8 = conv_of<fb::ConvI8>(8, check_conv_i8);
extern constexpr OperatorDescription kConvPcm = conv_of<fb::ConvPcm>(16, check_conv_pcm);
extern constexpr OperatorDescription kConvBits = conv_of<fb::ConvBits>(1, check_conv_bits);

}  // namespace stapes
