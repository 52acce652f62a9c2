// SPDX-License-Identifier: Apache-2.0
#include "compress/binary_parts.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "compress/binarize.h"
#include "graph/geometry.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

constexpr int kWordBits = 32;

std::vector<std::uint32_t> pack_bits(const BinaryFilters& filters) {
  const std::size_t outs = filters.alpha.size();
  const std::size_t bits = filters.positive.size() / outs;
  const std::size_t words = (bits + kWordBits - 1) / kWordBits;
  std::vector<std::uint32_t> packed(outs * words, 0);
  for (std::size_t out = 0; out < outs; ++out)
    for (std::size_t i = 0; i < bits; ++i)
      if (filters.positive[out * bits + i]) packed[out * words + i / kWordBits] |= 1u << (i % kWordBits);
  return packed;
}

}  // namespace

std::vector<Activation> activations_of(const TrainedNetwork& network, const ConvGeometry& conv) {
  const auto channels = static_cast<std::size_t>(conv.out_channels);
  if (conv.rprelu.empty()) {
    return std::vector<Activation>(channels, !conv.relu ? kIdentity : conv.relu6 ? kRelu6 : Activation{});
  }
  std::vector<Activation> activations;
  for (std::size_t c = 0; c < channels; ++c) {
    const auto value = [&](const char* part) { return double{network.tensors.at(conv.rprelu + part).values[c]}; };
    activations.push_back({value(".threshold"), std::max(0.0, value(".slope")), value(".offset")});
  }
  return activations;
}

BinaryLayer pack_binary_conv(const TrainedNetwork& network, const ConvGeometry& conv, const fb::Window& window) {
  BinaryFilters filters = binarize_filters(network.tensors.at(conv.name + ".weight"));
  if (!network.spec.form.scaled) filters.alpha.assign(filters.alpha.size(), 1.0);
  BinaryLayer layer;
  layer.op.window = std::make_unique<fb::Window>(window);
  layer.op.groups = conv.groups;
  layer.op.weights = pack_bits(filters);
  layer.taps = static_cast<double>(filters.positive.size()) / static_cast<double>(filters.alpha.size());
  layer.alpha = std::move(filters.alpha);
  return layer;
}

std::unique_ptr<fb::ThresholdsT> fold_thresholds(const TrainedNetwork& network,
                                                 const std::vector<Activation>& activations,
                                                 const std::vector<Affine>& before, const ConvGeometry& next) {
  const std::vector<Affine> norm = batch_norm_affine(network, next.norm);
  auto folded = std::make_unique<fb::ThresholdsT>();
  bool any_falling = false;
  for (std::size_t c = 0; c < before.size(); ++c) {
    const Decision decision = fold_decision(before[c], norm.size() == 1 ? norm[0] : norm[c], activations[c]);
    folded->threshold.push_back(decision.threshold);
    folded->falling.push_back(decision.falling ? 1 : 0);
    any_falling = any_falling || decision.falling;
  }
  if (!any_falling) folded->falling.clear();
  return folded;
}

IntegerHead pack_head(const TrainedNetwork& network, const WideActivations& in, double area) {
  const auto& weights = network.tensors.at("head.weight").values;
  const auto& bias = network.tensors.at("head.bias").values;
  const std::size_t ins = in.scale.size();
  const double max_sum = in.limit * area;
  std::vector<double> folded(weights.size());
  double largest = 0, widest = 0;
  for (std::size_t out = 0; out < bias.size(); ++out) {
    double bound = std::fabs(bias[out]);
    for (std::size_t c = 0; c < ins; ++c) {
      const double w = weights[out * ins + c] * in.scale[c] / area;
      folded[out * ins + c] = w;
      largest = std::max(largest, std::fabs(w));
      bound += std::fabs(w) * max_sum;
    }
    widest = std::max(widest, bound);
  }
  const double rounding = 0.5 * (static_cast<double>(ins) * max_sum + 1);  // every weight and the bias may round up
  double quant = widest == 0 ? 1 : (kMaxInt32 - rounding) / widest;
  if (largest > 0) quant = std::min(quant, kLargestWide / largest);
  if (!(quant > 0))
    throw Error("the sums that the head reads do not fit 32 bits; pool less or use fewer filters before the head");
  IntegerHead head;
  head.scale = static_cast<float>(1 / quant);
  for (const double w : folded) head.op.weights.push_back(static_cast<std::int16_t>(std::lround(quant * w)));
  for (const float b : bias) head.op.bias.push_back(static_cast<std::int32_t>(std::lround(quant * b)));
  return head;
}

double widest_head_input(int inputs) { return std::min(kLargestWide, std::floor(std::sqrt(kMaxInt32 / inputs))); }

}  // namespace stapes
