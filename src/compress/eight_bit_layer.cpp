// SPDX-License-Identifier: Apache-2.0
#include "compress/eight_bit_layer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "compress/packed_graph.h"
#include "compress/sum_limits.h"
#include "graph/geometry.h"
#include "kernels/quantize_multiplier.h"
#include "kernels/relu_f32.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

constexpr double kLargestWeight = 127;

// Values more than this many standard deviations above the mean are clipped. The limit is high because sound is
// heavy-tailed (a clap in silence).
constexpr double kDeviations = 64;

// The largest expected output of a filter, by its batch norm; infinite without a batch norm.
double usual_bound(const TrainedNetwork& network, const ConvGeometry& conv, std::size_t out) {
  if (conv.norm.empty()) return std::numeric_limits<double>::infinity();
  const double gamma = network.tensors.at(conv.norm + ".weight").values[out];
  const double beta = network.tensors.at(conv.norm + ".bias").values[out];
  return (conv.relu ? beta : std::fabs(beta)) + kDeviations * std::fabs(gamma);
}

}  // namespace

EightBitLayer quantize_eight_bit(const TrainedNetwork& network, const ConvGeometry& conv, const WideActivations& in,
                                 const fb::Window& window) {
  const std::vector<float> weights = channels_innermost(network.tensors.at(conv.name + ".weight"));
  const std::vector<Affine> norm = output_affine(network, conv);
  const std::size_t taps = weights.size() / norm.size(), channels = static_cast<std::size_t>(conv.group_channels());
  const std::size_t group_filters = norm.size() / static_cast<std::size_t>(conv.groups);
  EightBitLayer layer;
  layer.op.window = std::make_unique<fb::Window>(window);
  layer.op.groups = conv.groups;
  layer.rectified = conv.relu;
  layer.ceiling = conv.relu6 ? double{kRelu6Limit} : std::numeric_limits<double>::infinity();
  std::vector<double> filter(taps);
  for (std::size_t out = 0; out < norm.size(); ++out) {
    const std::size_t first_channel = out / group_filters * channels;
    double largest = 0, bound = std::fabs(norm[out].shift);
    for (std::size_t i = 0; i < taps; ++i) {
      filter[i] = norm[out].scale * weights[out * taps + i] * in.scale[first_channel + i % channels];
      largest = std::max(largest, std::fabs(filter[i]));
      bound += std::fabs(filter[i]) * in.limit;
    }
    // If the weights are tiny compared with the shift, coarser weights keep the shift in range.
    double step = std::max(largest / kLargestWeight, std::fabs(norm[out].shift) / kMaxBias);
    if (step == 0) step = 1;
    for (const double w : filter) layer.op.weights.push_back(static_cast<std::int8_t>(std::lround(w / step)));
    layer.before_relu.push_back({step, norm[out].shift});
    layer.range.push_back(std::min({bound, usual_bound(network, conv, out), layer.ceiling}));
  }
  return layer;
}

WideActivations give_wide(EightBitLayer& layer, double limit) {
  double step = *std::max_element(layer.range.begin(), layer.range.end()) / limit;
  for (const Affine& channel : layer.before_relu) step = std::max(step, channel.scale);  // no finer than the sums
  for (const Affine& channel : layer.before_relu) {
    layer.op.bias.push_back(static_cast<std::int32_t>(std::lround(channel.shift / channel.scale)));
    const FixedPointFactor rescale = quantize_multiplier(channel.scale / step);
    layer.op.multiplier.push_back(rescale.multiplier);
    layer.op.shift.push_back(rescale.shift);
  }
  layer.op.minimum = static_cast<std::int16_t>(layer.rectified ? 0 : -limit);
  layer.op.maximum = static_cast<std::int16_t>(std::min(limit, std::round(layer.ceiling / step)));
  return {std::vector<double>(layer.before_relu.size(), step), limit};
}

double widest_input(const ConvGeometry& conv) {
  return std::min(kLargestWide, std::floor(kMaxProducts / (kLargestWeight * conv.taps())));
}

}  // namespace stapes
