// pack_binary.cpp: a binary network with nothing but integers in it. facts: docs/binary.md.
#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "base/error.h"
#include "compress/acdnet_graph.h"
#include "compress/batch_norm.h"
#include "compress/binarize.h"
#include "compress/eight_bit_layer.h"
#include "compress/pack.h"
#include "compress/threshold.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

constexpr double kPcmScale = 32768;
constexpr double kMaxInt32 = 2147483647;
constexpr int kWordBits = 32;

std::vector<Activation> activations_after(const TrainedNetwork& network, int conv) {
  const std::string name = "rprelu" + std::to_string(conv + 1);
  const std::size_t channels = static_cast<std::size_t>(network.spec.widths[static_cast<std::size_t>(conv)]);
  if (!network.spec.has_rprelu(conv)) return std::vector<Activation>(channels);
  std::vector<Activation> activations;
  for (std::size_t c = 0; c < channels; ++c) {
    const auto value = [&](const char* part) { return double{network.tensors.at(name + part).values[c]}; };
    activations.push_back({value(".threshold"), std::max(0.0, value(".slope")), value(".offset")});
  }
  return activations;
}

// What follows conv `conv` when conv + 1 is binary: its activation, the next batch norm (one channel for conv3, after
// the swap) and sign, as thresholds on sums of which `before` makes real values.
std::unique_ptr<fb::ThresholdsT> fold_thresholds(const TrainedNetwork& network, int conv,
                                                 const std::vector<Affine>& before) {
  const std::vector<Affine> next = batch_norm_affine(network, "bn" + std::to_string(conv + 2));
  const std::vector<Activation> activations = activations_after(network, conv);
  auto folded = std::make_unique<fb::ThresholdsT>();
  bool any_falling = false;
  for (std::size_t c = 0; c < before.size(); ++c) {
    const Decision decision = fold_decision(before[c], next.size() == 1 ? next[0] : next[c], activations[c]);
    folded->threshold.push_back(decision.threshold);
    folded->falling.push_back(decision.falling ? 1 : 0);
    any_falling = any_falling || decision.falling;
  }
  if (!any_falling) folded->falling.clear();
  return folded;
}

// conv1 in front of a binary conv2: weights as int16, scaled per filter so that sum |w_q| <= 65535 (and each fits
// int16): with 16-bit input the int32 sum is then exact. Its scale goes into the thresholds.
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
  op.thresholds = fold_thresholds(network, 0, before);
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

struct IntegerHead {
  fb::LinearI16T op;
  float scale = 1;  // logits = scale * q
};

// The head on conv12's outputs, summed over the `area` of the average-pool: their scale and the area are folded into
// the weights, which are as fine as int16 and an exact int32 sum allow.
IntegerHead pack_head(const TrainedNetwork& network, const WideActivations& in, double area) {
  const auto& weights = network.tensors.at("head.weight").values;
  const auto& bias = network.tensors.at("head.bias").values;
  const std::size_t ins = in.scale.size();
  const double max_sum = in.limit * area;
  std::vector<double> folded(weights.size());
  double largest = 0, widest = 0;
  for (std::size_t out = 0; out < bias.size(); ++out) {
    double reach = std::fabs(bias[out]);
    for (std::size_t c = 0; c < ins; ++c) {
      const double w = weights[out * ins + c] * in.scale[c] / area;
      folded[out * ins + c] = w;
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

// Walks the convolutions; each takes bits, or the 16-bit activations left in `wide_` by the one before.
class BinaryPacker {
 public:
  explicit BinaryPacker(const TrainedNetwork& network) : network_(network), graph_(network, "xnor", fb::DType::kI16) {}

  fb::ModelT pack() && {
    wide_ = {{1 / kPcmScale}, kPcmScale};
    for (int conv = 0; conv < kAcdnetConvs; ++conv) {
      if (conv == 2) wide_.scale.resize(1);  // the swap: one channel, and check_form() saw to it that scales are equal
      if (conv == 0 && network_.spec.is_binary(1)) {
        graph_.add_conv(0, pack_first_conv(network_, graph_.window(0)), fb::DType::kBits);
      } else if (network_.spec.is_binary(conv)) {
        add_binary(conv);
      } else {
        add_eight_bit(conv);
      }
    }
    graph_.add_average_pool(fb::DType::kI32);
    IntegerHead head = pack_head(network_, wide_, area());
    graph_.add_head(std::move(head.op), fb::DType::kI32, head.scale);
    return std::move(graph_).finish();
  }

 private:
  bool bits_follow(int conv) const { return conv + 1 < kAcdnetConvs && network_.spec.is_binary(conv + 1); }
  double area() const { return static_cast<double>(graph_.geometry().average_h) * graph_.geometry().average_w; }

  void add_binary(int conv) {
    const FloatTensor& weights = network_.tensors.at("conv" + std::to_string(conv + 1) + ".weight");
    BinaryFilters filters = binarize_filters(weights);
    if (!network_.spec.form.scaled) filters.alpha.assign(filters.alpha.size(), 1.0);
    fb::ConvBitsT op;
    op.window = std::make_unique<fb::Window>(graph_.window(conv));
    op.weights = pack_bits(filters);
    if (bits_follow(conv)) {
      std::vector<Affine> before;
      for (const double alpha : filters.alpha) before.push_back({alpha, 0});
      op.thresholds = fold_thresholds(network_, conv, before);
    }
    const double taps = static_cast<double>(filters.positive.size()) / static_cast<double>(filters.alpha.size());
    wide_ = {std::move(filters.alpha), taps};
    graph_.add_conv(conv, std::move(op), bits_follow(conv) ? fb::DType::kBits : fb::DType::kI16);
  }

  void add_eight_bit(int conv) {
    EightBitLayer layer = quantize_eight_bit(network_, conv, wide_, graph_.window(conv));
    if (bits_follow(conv)) {
      layer.op.thresholds = fold_thresholds(network_, conv, layer.before_relu);
      graph_.add_conv(conv, std::move(layer.op), fb::DType::kBits);
      return;
    }
    wide_ = give_wide(layer, widest_output(conv));
    graph_.add_conv(conv, std::move(layer.op), fb::DType::kI16);
  }

  // In front of the head the 31 bits of a sum are shared evenly between activations and weights.
  double widest_output(int conv) const {
    if (conv + 1 < kAcdnetConvs) return widest_input(network_, conv + 1);
    const double inputs = area() * graph_.geometry().convs.back().out_channels;
    return std::min(32767.0, std::floor(std::sqrt(kMaxInt32 / inputs)));
  }

  const TrainedNetwork& network_;
  AcdnetGraph graph_;
  WideActivations wide_;
};

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
  if (network.spec.form.shortcuts) {
    throw Error("a binary network with shortcuts cannot be packed: the runtime has no additions yet");
  }
  return BinaryPacker(network).pack();
}

}  // namespace stapes
