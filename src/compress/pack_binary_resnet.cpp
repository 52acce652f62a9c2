// SPDX-License-Identifier: Apache-2.0
// The residual stream is fixed-point: an int32 is worth 1 / resolution. Each branch that joins it is a sum of +-1 worth
// alpha of its own per channel, so it is multiplied by round(alpha * resolution); what was in the stream already is
// added as it is.
#include "compress/pack_binary_resnet.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "compress/binary_parts.h"
#include "compress/packed_graph.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

// What a tensor is worth.
struct Worth {
  int tensor = 0;
  fb::DType dtype = fb::DType::kI16;
  std::vector<double> step = {};       // [channels] real value of 1
  const ConvGeometry* conv = nullptr;  // of as many channels; a ReLU lies behind it
};

double largest(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }

std::vector<std::int32_t> rounded(const std::vector<double>& values, double factor) {
  std::vector<std::int32_t> result;
  for (const double v : values) result.push_back(static_cast<std::int32_t>(std::lround(v * factor)));
  return result;
}

class BinaryResnetPacker {
 public:
  explicit BinaryResnetPacker(const TrainedNetwork& network)
      : network_(network), graph_(network, "xnor", fb::DType::kI16) {}

  fb::ModelT pack() && {
    pack_weights();
    choose_resolution();
    values_.push_back({.tensor = 0});
    for (const GraphStep& step : graph_.geometry().steps) {
      values_.push_back(step.kind == GraphStep::Kind::kAdd ? add(step) : step.conv == 0 ? stem() : binary(step));
    }
    add_head();
    return std::move(graph_).finish();
  }

 private:
  void pack_weights() {
    stem_ = quantize_eight_bit(network_, graph_.conv(0), input(), graph_.window(0));
    stem_out_ = give_wide(stem_, kLargestWide);
    layers_.resize(graph_.geometry().convs.size());
    for (std::size_t i = 1; i < layers_.size(); ++i) {
      const int conv = static_cast<int>(i);
      layers_[i] = pack_binary_conv(network_, graph_.conv(conv), graph_.window(conv));
      if (layers_[i].taps <= kLargestWide) continue;
      throw Error("{} adds {} bits a filter; at most {} fit its 16-bit sum", graph_.conv(conv).name, layers_[i].taps,
                  kLargestWide);
    }
  }

  WideActivations input() const {
    return {std::vector<double>(static_cast<std::size_t>(graph_.conv(0).in_channels), 1 / kPcmScale), kPcmScale};
  }

  // The finest at which no input whatever can overflow the stream: every sum at its largest, every multiplier rounded
  // up by a half.
  void choose_resolution() {
    std::vector<double> reach = {0}, rounding = {0};  // by value: largest real value, largest error of multipliers
    double finest = kMaxInt32;
    for (const GraphStep& step : graph_.geometry().steps) {
      const auto a = static_cast<std::size_t>(step.a), b = static_cast<std::size_t>(step.b);
      if (step.kind == GraphStep::Kind::kAdd) {
        reach.push_back(reach[a] + reach[b]);
        rounding.push_back(rounding[a] + rounding[b]);
        if (reach.back() > 0) finest = std::min(finest, (kMaxInt32 - 1 - rounding.back()) / reach.back());
      } else if (step.conv == 0) {
        reach.push_back(largest(stem_out_.scale) * stem_out_.limit);
        rounding.push_back(0.5 * stem_out_.limit);
      } else {
        const BinaryLayer& layer = layers_[static_cast<std::size_t>(step.conv)];
        reach.push_back(largest(layer.alpha) * layer.taps);
        rounding.push_back(0.5 * layer.taps);
      }
    }
    // The average-pool sums the last one; half of the range is left for its rounding.
    finest = std::min(finest, (kMaxInt32 / (2.0 * graph_.area()) - rounding.back()) / reach.back());
    // A whole number of steps to one of the stem, which is coarser: its multiplier is exact then.
    const double stem_step = stem_out_.scale.front();
    resolution_ = finest * stem_step >= 1 ? std::floor(finest * stem_step) / stem_step : finest;
    stream_reach_ = reach.back() + rounding.back() / resolution_;
  }

  Worth stem() {
    const int tensor = graph_.add_conv(0, 0, std::move(stem_.op), fb::DType::kI16);
    graph_.set_scale(tensor, stem_out_.scale.front());
    return {tensor, fb::DType::kI16, stem_out_.scale, &graph_.conv(0)};
  }

  // A convolution followed by ReLU has one reader, whose batch norm and sign become its thresholds; any other is a
  // branch and gives its sums.
  Worth binary(const GraphStep& step) {
    const ConvGeometry& conv = graph_.conv(step.conv);
    BinaryLayer& layer = layers_[static_cast<std::size_t>(step.conv)];
    const int bits = bits_for(conv, values_[static_cast<std::size_t>(step.a)]);
    Worth result{.dtype = conv.relu ? fb::DType::kBits : fb::DType::kI16, .conv = &conv};
    if (conv.relu) {
      std::vector<Affine> before;
      for (const double alpha : layer.alpha) before.push_back({alpha, 0});
      layer.op.thresholds = fold_thresholds(network_, conv, before, graph_.conv(step.conv + 1));
    } else {
      layer.op.signed_sums = true;
      result.step = layer.alpha;
    }
    result.tensor = graph_.add_conv(step.conv, bits, std::move(layer.op), result.dtype);
    return result;
  }

  // `value` as the bits that `reader` takes.
  int bits_for(const ConvGeometry& reader, const Worth& value) {
    if (value.dtype == fb::DType::kBits) return value.tensor;
    std::vector<Affine> before;
    for (const double step : value.step) before.push_back({step, 0});
    fb::DecideT op;
    op.thresholds = fold_thresholds(network_, *value.conv, before, reader);
    return graph_.add_pointwise(reader.name + "sign", {value.tensor}, std::move(op), fb::DType::kBits);
  }

  Worth add(const GraphStep& step) {
    const Worth &branch = values_[static_cast<std::size_t>(step.a)], &other = values_[static_cast<std::size_t>(step.b)];
    const std::size_t channels = branch.step.size();
    fb::AddI32T op;
    op.multiplier_a = rounded(branch.step, resolution_);
    op.multiplier_b =
        other.dtype == fb::DType::kI32 ? std::vector<std::int32_t>(channels, 1) : rounded(other.step, resolution_);
    op.relu = true;
    const int tensor = graph_.add_pointwise(step.name, {branch.tensor, other.tensor}, std::move(op), fb::DType::kI32);
    graph_.set_scale(tensor, 1 / resolution_);
    return {tensor, fb::DType::kI32, std::vector<double>(channels, 1 / resolution_), branch.conv};
  }

  // The pool drops so many bits that its sums are no wider than a head can take.
  void add_head() {
    const Worth& stream = values_.back();
    const double area = graph_.area(), widest = widest_head_input(graph_.geometry().head_inputs());
    int shift = 0;
    while (std::ldexp(stream_reach_ * resolution_ * area, -shift) > widest) ++shift;
    const int pooled = graph_.add_average_pool(stream.tensor, fb::DType::kI32, shift);
    const double one = std::ldexp(1 / resolution_, shift);
    const WideActivations in{std::vector<double>(stream.step.size(), one), stream_reach_ / one + 1};
    IntegerHead head = pack_head(network_, in, area);
    graph_.add_head(pooled, std::move(head.op), fb::DType::kI32, head.scale);
  }

  const TrainedNetwork& network_;
  PackedGraph graph_;
  EightBitLayer stem_;
  WideActivations stem_out_;
  std::vector<BinaryLayer> layers_;  // by convolution; the stem's is empty
  double resolution_ = 1;            // of the stream: steps to 1
  double stream_reach_ = 0;          // largest value of what the last addition gives
  std::vector<Worth> values_;        // by value
};

}  // namespace

fb::ModelT pack_binary_resnet(const TrainedNetwork& network) { return BinaryResnetPacker(network).pack(); }

}  // namespace stapes
