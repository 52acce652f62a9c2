// SPDX-License-Identifier: Apache-2.0
// pack_binary.cpp: a binary ACDNet with nothing but integers in it. facts: docs/binary.md.
#include <algorithm>
#include <cmath>
#include <span>

#include "base/error.h"
#include "compress/binary_parts.h"
#include "compress/pack.h"
#include "compress/pack_binary_resnet.h"
#include "compress/packed_graph.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

// conv1 in front of a binary conv2: weights as int16, scaled per filter so that sum |w_q| <= 65535 (and each fits
// int16): with 16-bit input the int32 sum is then exact. Its scale goes into the thresholds.
fb::ConvPcmT pack_first_conv(const TrainedNetwork& network, const NetworkGeometry& geometry, const fb::Window& window) {
  const ConvGeometry& conv = geometry.convs[0];
  const std::vector<float> weights = channels_innermost(network.tensors.at(conv.name + ".weight"));
  std::vector<Affine> before = batch_norm_affine(network, conv.norm);
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
  op.thresholds = fold_thresholds(network, conv, before, geometry.convs[1]);
  return op;
}

// Walks the chain; each convolution takes bits, or the 16-bit activations left in `wide_` by the one before.
class BinaryPacker {
 public:
  explicit BinaryPacker(const TrainedNetwork& network) : network_(network), graph_(network, "xnor", fb::DType::kI16) {}

  fb::ModelT pack() && {
    wide_ = {{1 / kPcmScale}, kPcmScale};
    for (const GraphStep& step : graph_.geometry().steps) {
      if (step.kind == GraphStep::Kind::kSwap) {
        wide_.scale.resize(1);  // one channel, and check_form() saw to it that scales are equal
        last_ = graph_.add_swap(last_);
      } else {
        add_conv(step.conv);
      }
    }
    last_ = graph_.add_average_pool(last_, fb::DType::kI32);
    IntegerHead head = pack_head(network_, wide_, graph_.area());
    graph_.add_head(last_, std::move(head.op), fb::DType::kI32, head.scale);
    return std::move(graph_).finish();
  }

 private:
  // The convolution that reads this one's output as bits, or null.
  const ConvGeometry* binary_reader(int conv) const {
    const auto& convs = graph_.geometry().convs;
    const auto next = static_cast<std::size_t>(conv) + 1;
    return next < convs.size() && convs[next].binary ? &convs[next] : nullptr;
  }

  void add_conv(int conv) {
    if (conv == 0 && binary_reader(0) != nullptr) {
      last_ =
          graph_.add_conv(0, last_, pack_first_conv(network_, graph_.geometry(), graph_.window(0)), fb::DType::kBits);
    } else if (graph_.conv(conv).binary) {
      add_binary(conv);
    } else {
      add_eight_bit(conv);
    }
  }

  void add_binary(int conv) {
    BinaryLayer layer = pack_binary_conv(network_, graph_.conv(conv), graph_.window(conv));
    const ConvGeometry* reader = binary_reader(conv);
    if (reader != nullptr) {
      std::vector<Affine> before;
      for (const double alpha : layer.alpha) before.push_back({alpha, 0});
      layer.op.thresholds = fold_thresholds(network_, graph_.conv(conv), before, *reader);
    }
    wide_ = {std::move(layer.alpha), layer.taps};
    last_ = graph_.add_conv(conv, last_, std::move(layer.op), reader != nullptr ? fb::DType::kBits : fb::DType::kI16);
  }

  void add_eight_bit(int conv) {
    const ConvGeometry& g = graph_.conv(conv);
    EightBitLayer layer = quantize_eight_bit(network_, g, wide_, graph_.window(conv));
    if (const ConvGeometry* reader = binary_reader(conv)) {
      layer.op.thresholds = fold_thresholds(network_, g, layer.before_relu, *reader);
      last_ = graph_.add_conv(conv, last_, std::move(layer.op), fb::DType::kBits);
      return;
    }
    wide_ = give_wide(layer, widest_output(conv));
    last_ = graph_.add_conv(conv, last_, std::move(layer.op), fb::DType::kI16);
  }

  double widest_output(int conv) const {
    const auto& convs = graph_.geometry().convs;
    const auto next = static_cast<std::size_t>(conv) + 1;
    if (next < convs.size()) return widest_input(convs[next]);
    return widest_head_input(graph_.area() * graph_.geometry().head_inputs());
  }

  const TrainedNetwork& network_;
  PackedGraph graph_;
  WideActivations wide_;
  int last_ = 0;  // the tensor made last
};

}  // namespace

fb::ModelT pack_binary(const TrainedNetwork& network) {
  if (network.spec.family == Family::kResnet) return pack_binary_resnet(network);
  if (network.spec.form.shortcuts) {
    throw Error("a binary network with shortcuts cannot be packed: its additions have no packed form yet");
  }
  return BinaryPacker(network).pack();
}

}  // namespace stapes
