// pack_binary.cpp: a binary network with nothing but integers in it. facts: docs/binary.md.
#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "base/error.h"
#include "compress/acdnet_graph.h"
#include "compress/batch_norm.h"
#include "compress/binarize.h"
#include "compress/pack.h"
#include "compress/threshold.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

constexpr double kPcmScale = 32768;
constexpr double kMaxInt32 = 2147483647;
constexpr int kWordBits = 32;

// Channel c of the decision uses next[c], or next[0] when the next batch norm sees one channel (conv3, after the swap).
std::unique_ptr<fb::ThresholdsT> fold_thresholds(const std::vector<Affine>& before, const std::vector<Affine>& next) {
  auto folded = std::make_unique<fb::ThresholdsT>();
  bool any_falling = false;
  for (std::size_t c = 0; c < before.size(); ++c) {
    const Decision decision = fold_decision(before[c], next.size() == 1 ? next[0] : next[c]);
    folded->threshold.push_back(decision.threshold);
    folded->falling.push_back(decision.falling ? 1 : 0);
    any_falling = any_falling || decision.falling;
  }
  if (!any_falling) folded->falling.clear();
  return folded;
}

// conv1: weights as int16, scaled per filter so that sum |w_q| <= 65535 (and each fits int16): with 16-bit input the
// int32 sum is then exact. Its scale goes into the thresholds.
fb::ConvPcmT pack_first_conv(const TrainedNetwork& network, const fb::Window& window) {
  const std::vector<float> weights = channels_innermost(network.tensors.at("conv1.weight"));
  std::vector<Affine> before = batch_norm_affine(network, "bn1");
  const std::size_t taps = weights.size() / before.size();
  fb::ConvPcmT op;
  op.window = std::make_unique<fb::Window>(window);
  for (std::size_t out = 0; out < before.size(); ++out) {
    const auto filter = std::span(weights).subspan(out * taps, taps);
    double sum = 0, largest = 0;
    for (const float w : filter) {
      sum += std::fabs(w);
      largest = std::max(largest, double{std::fabs(w)});
    }
    const double rounding = static_cast<double>(taps);  // each of the taps may round up by at most 1/2
    const double quant = sum == 0 ? 1 : std::min((65535 - rounding) / sum, 32767 / largest);
    for (const float w : filter) op.weights.push_back(static_cast<std::int16_t>(std::lround(quant * w)));
    before[out].scale /= quant * kPcmScale;
  }
  op.thresholds = fold_thresholds(before, batch_norm_affine(network, "bn2"));
  return op;
}

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

fb::ConvBitsT pack_binary_conv(const TrainedNetwork& network, int conv, const BinaryFilters& filters,
                               const fb::Window& window) {
  fb::ConvBitsT op;
  op.window = std::make_unique<fb::Window>(window);
  op.weights = pack_bits(filters);
  const bool last = conv + 1 == kAcdnetConvs;
  if (last) return op;  // no sign after conv12: its sums go to the head
  std::vector<Affine> before;
  for (const double alpha : filters.alpha) before.push_back({alpha, 0});
  op.thresholds = fold_thresholds(before, batch_norm_affine(network, "bn" + std::to_string(conv + 2)));
  return op;
}

struct IntegerHead {
  fb::LinearI16T op;
  float scale = 1;  // logits = scale * q
};

// The head on summed ReLU sums: alpha of conv12 and the area of the average-pool are folded into the weights, which
// are as fine as int16 and an exact int32 sum allow.
IntegerHead pack_head(const TrainedNetwork& network, const std::vector<double>& alpha, double area, double max_sum) {
  const auto& weights = network.tensors.at("head.weight").values;
  const auto& bias = network.tensors.at("head.bias").values;
  const std::size_t ins = alpha.size();
  std::vector<double> folded(weights.size());
  double largest = 0, widest = 0;
  for (std::size_t out = 0; out < bias.size(); ++out) {
    double reach = std::fabs(bias[out]);
    for (std::size_t in = 0; in < ins; ++in) {
      const double w = weights[out * ins + in] * alpha[in] / area;
      folded[out * ins + in] = w;
      largest = std::max(largest, std::fabs(w));
      reach += std::fabs(w) * max_sum;
    }
    widest = std::max(widest, reach);
  }
  const double rounding = 0.5 * (static_cast<double>(ins) * max_sum + 1);  // every weight and the bias may round up
  double quant = widest == 0 ? 1 : (kMaxInt32 - rounding) / widest;
  if (largest > 0) quant = std::min(quant, 32767 / largest);
  IntegerHead head;
  head.scale = static_cast<float>(1 / quant);
  for (const double w : folded) head.op.weights.push_back(static_cast<std::int16_t>(std::lround(quant * w)));
  for (const float b : bias) head.op.bias.push_back(static_cast<std::int32_t>(std::lround(quant * b)));
  return head;
}

}  // namespace

BinaryFilters binarize_filters(const FloatTensor& weights) {
  const std::size_t outs = static_cast<std::size_t>(weights.shape.at(0)),
                    ins = static_cast<std::size_t>(weights.shape.at(1));
  const std::size_t taps = weights.values.size() / (outs * ins);
  BinaryFilters filters{std::vector<bool>(weights.values.size()), std::vector<double>(outs, 0)};
  for (std::size_t out = 0; out < outs; ++out) {
    for (std::size_t tap = 0; tap < taps; ++tap) {
      const auto weight = [&](std::size_t in) { return weights.values[(out * ins + in) * taps + tap]; };
      double mean = 0;
      for (std::size_t in = 0; ins > 1 && in < ins; ++in) mean += weight(in) / static_cast<double>(ins);
      for (std::size_t in = 0; in < ins; ++in) {
        const double centred = std::clamp(weight(in) - mean, -1.0, 1.0);
        filters.positive[(out * taps + tap) * ins + in] = centred > 0;
        filters.alpha[out] += std::fabs(centred) / static_cast<double>(ins * taps);
      }
    }
  }
  return filters;
}

fb::ModelT pack_binary(const TrainedNetwork& network) {
  AcdnetGraph graph(network, "xnor", fb::DType::kI16);
  graph.add_conv(0, pack_first_conv(network, graph.window(0)), fb::DType::kBits);
  BinaryFilters filters;
  for (int conv = 1; conv < kAcdnetConvs; ++conv) {
    filters = binarize_filters(network.tensors.at("conv" + std::to_string(conv + 1) + ".weight"));
    const bool last = conv + 1 == kAcdnetConvs;
    graph.add_conv(conv, pack_binary_conv(network, conv, filters, graph.window(conv)),
                   last ? fb::DType::kI16 : fb::DType::kBits);
  }
  graph.add_average_pool(fb::DType::kI32);
  const AcdnetGeometry& geometry = graph.geometry();
  const double area = geometry.average_h * geometry.average_w;
  IntegerHead head = pack_head(network, filters.alpha, area, area * geometry.convs.back().in_channels);
  graph.add_head(std::move(head.op), fb::DType::kI32, head.scale);
  return std::move(graph).finish();
}

}  // namespace stapes
