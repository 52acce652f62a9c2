// SPDX-License-Identifier: Apache-2.0
// pack_binary.cpp: packs a binary network, using integers only. See docs/explanation/binary.md.
//
// A convolution outputs bits if only a binary convolution reads its output, otherwise 16-bit sums with one alpha per
// filter. The residual stream (the result of additions) is int32 in steps of 1 / resolution. Branches are multiplied by
// round(step * resolution) before they are added to the stream.
#include <algorithm>
#include <cmath>
#include <span>

#include "base/error.h"
#include "compress/binary_parts.h"
#include "compress/pack.h"
#include "compress/packed_graph.h"
#include "graph/binary_form.h"
#include "graph/geometry.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

using StepKind = GraphStep::Kind;

// The scale and range of a value; after emit(), also its tensor.
struct ScaledValue {
  fb::DType dtype = fb::DType::kI16;
  std::vector<double> step = {};  // [channels] real value of one step; empty for kBits
  double limit = 0;               // |q| <= limit, for kI16
  double max_value = 0;           // largest real value
  double rounding = 0;            // how much rounded multipliers may add to `max_value`, in steps of the stream
  bool rectified = true;          // after ReLU: never below 0
  bool eight_bit = false;         // output of an 8-bit layer
  bool added = false;             // an input of an addition
  int tensor = 0;
};

double largest(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }

std::vector<std::int32_t> rounded(const std::vector<double>& values, double factor) {
  std::vector<std::int32_t> result;
  for (const double v : values) result.push_back(static_cast<std::int32_t>(std::lround(v * factor)));
  return result;
}

std::vector<Affine> scaled_by(const std::vector<double>& steps) {
  std::vector<Affine> affine;
  for (const double step : steps) affine.push_back({step, 0});
  return affine;
}

// Packs a first convolution that the binary convolution `reader` reads. Weights are scaled per filter so that sum |w_q|
// <= 65535, which keeps int32 sums of 16-bit inputs exact. The thresholds absorb the scale.
fb::ConvPcmT pack_first_conv(const TrainedNetwork& network, const ConvGeometry& conv, const ConvGeometry& reader,
                             const fb::Window& window) {
  const std::vector<float> weights = channels_innermost(network.tensors.at(conv.name + ".weight"));
  std::vector<Affine> before = output_affine(network, conv);
  const std::size_t taps = weights.size() / before.size();
  fb::ConvPcmT op;
  op.window = std::make_unique<fb::Window>(window);
  op.groups = conv.groups;
  for (std::size_t out = 0; out < before.size(); ++out) {
    const auto filter = std::span(weights).subspan(out * taps, taps);
    double sum = 0, most = 0;
    for (const float w : filter) {
      sum += std::fabs(w);
      most = std::max(most, double{std::fabs(w)});
    }
    const double rounding = static_cast<double>(taps);  // twice the bound: each tap rounds up by at most 1/2
    const double quant = sum == 0 ? 1 : std::min((65535 - rounding) / sum, 32767 / most);
    for (const float w : filter) op.weights.push_back(static_cast<std::int16_t>(std::lround(quant * w)));
    before[out].scale /= quant * kPcmScale;
  }
  op.thresholds = fold_thresholds(network, activations_of(network, conv), before, reader);
  return op;
}

class BinaryPacker {
 public:
  explicit BinaryPacker(const TrainedNetwork& network)
      : network_(network),
        graph_(network, "xnor", fb::DType::kI16),
        binary_(geometry().convs.size()),
        eight_bit_(geometry().convs.size()) {}

  fb::ModelT pack() && {
    weigh_values();
    choose_resolution();
    for (std::size_t i = 0; i < geometry().steps.size(); ++i) emit(geometry().steps[i], values_[i + 1]);
    add_head();
    return std::move(graph_).finish();
  }

 private:
  const NetworkGeometry& geometry() const { return graph_.geometry(); }
  ScaledValue& value(int index) { return values_[static_cast<std::size_t>(index)]; }
  const ConvGeometry* sign_reader(const ConvGeometry& conv) const {
    return conv.sign_reader < 0 ? nullptr : &graph_.conv(conv.sign_reader);
  }

  // ---- Scales and ranges of all values, except the resolution of the stream ----
  void weigh_values() {
    const auto channels = static_cast<std::size_t>(graph_.conv(0).in_channels);
    values_.push_back({.step = std::vector<double>(channels, 1 / kPcmScale), .limit = kPcmScale, .rectified = false});
    for (const GraphStep& step : geometry().steps) values_.push_back(weigh(step));
  }

  ScaledValue weigh(const GraphStep& step) {
    ScaledValue& in = value(step.a);
    switch (step.kind) {
      case StepKind::kConv:
        return graph_.conv(step.conv).binary ? weigh_binary(step.conv) : weigh_eight_bit(step.conv, in);
      case StepKind::kAdd: {
        ScaledValue& other = value(step.b);
        if (in.dtype == fb::DType::kI32 && other.dtype == fb::DType::kI32) {
          throw Error(
              "{} adds the outputs of two additions; in a binary network one input must come from a convolution",
              step.name);
        }
        in.added = other.added = true;
        return {.dtype = fb::DType::kI32,
                .step = std::vector<double>(in.step.size()),
                .max_value = in.max_value + other.max_value,
                .rounding = in.rounding + other.rounding,
                .rectified = step.relu};
      }
      case StepKind::kTranspose: {
        ScaledValue moved = in;
        const bool equal = std::ranges::all_of(moved.step, [&](double s) { return s == moved.step.front(); });
        if (!equal)
          throw Error(
              "{} transposes channels of different scales; train again with --keep-8-bit for the layer before it",
              step.name);
        if (!moved.step.empty()) moved.step.resize(1);
        return moved;
      }
      case StepKind::kAveragePool:
      case StepKind::kMaxPool:
      case StepKind::kDropout:
        break;
    }
    return in;
  }

  ScaledValue weigh_binary(int conv) {
    const ConvGeometry& g = graph_.conv(conv);
    BinaryLayer& layer = binary_[static_cast<std::size_t>(conv)];
    layer = pack_binary_conv(network_, g, graph_.window(conv));
    if (g.sign_reader >= 0) return {.dtype = fb::DType::kBits};
    if (layer.taps > kLargestWide) {
      throw Error("{} adds {} bits per filter; at most {} fit its 16-bit sum", g.name, layer.taps, kLargestWide);
    }
    return {.step = layer.alpha,
            .limit = layer.taps,
            .max_value = largest(layer.alpha) * layer.taps,
            .rounding = 0.5 * layer.taps,
            .rectified = g.relu};
  }

  ScaledValue weigh_eight_bit(int conv, const ScaledValue& in) {
    const ConvGeometry& g = graph_.conv(conv);
    if (g.reads_input && g.sign_reader >= 0) return {.dtype = fb::DType::kBits};  // bits have no scale
    if (in.dtype != fb::DType::kI16) {
      throw Error("{} is not binary and reads an addition, but 8-bit layers cannot take its 32-bit sums", g.name);
    }
    EightBitLayer& layer = eight_bit_[static_cast<std::size_t>(conv)];
    layer = quantize_eight_bit(network_, g, {in.step, in.limit}, graph_.window(conv));
    if (g.sign_reader >= 0) return {.dtype = fb::DType::kBits};
    const WideActivations wide = give_wide(layer, widest_output(conv));
    return {.step = wide.scale,
            .limit = wide.limit,
            .max_value = largest(wide.scale) * wide.limit,
            .rounding = 0.5 * wide.limit,
            .rectified = g.relu,
            .eight_bit = true};
  }

  // The largest output, in steps, that every reader of the convolution accepts.
  double widest_output(int conv) const {
    const auto& steps = geometry().steps;
    double widest = kLargestWide;
    std::vector<bool> same(steps.size() + 1);  // [value] whether it is the output, possibly transposed or pooled
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const bool reads = same[static_cast<std::size_t>(steps[i].a)];
      const bool moves = steps[i].kind == StepKind::kTranspose || steps[i].kind == StepKind::kDropout ||
                         steps[i].kind == StepKind::kMaxPool;
      same[i + 1] = (steps[i].kind == StepKind::kConv && steps[i].conv == conv) || (reads && moves);
      if (!reads || steps[i].kind != StepKind::kConv || graph_.conv(steps[i].conv).binary) continue;
      widest = std::min(widest, widest_input(graph_.conv(steps[i].conv)));
    }
    if (same.back()) widest = std::min(widest, widest_head_input(graph_.area() * geometry().head_inputs));
    return widest;
  }

  // The finest resolution at which no input can overflow the stream, assuming maximal sums and multipliers rounded up
  // by 1/2.
  void choose_resolution() {
    double finest = kMaxInt32;
    for (const ScaledValue& scaled : values_) {
      if (scaled.dtype != fb::DType::kI32 || scaled.max_value <= 0) continue;
      finest = std::min(finest, (kMaxInt32 - 1 - scaled.rounding) / scaled.max_value);
    }
    const ScaledValue& last = values_.back();
    if (last.dtype == fb::DType::kI32 && last.max_value > 0) {
      // The average-pool sums the last value; half of the range is left for rounding.
      finest = std::min(finest, (kMaxInt32 / (2.0 * graph_.area()) - last.rounding) / last.max_value);
    }
    resolution_ = finest;
    if (const ScaledValue* coarse = first_eight_bit_branch()) {
      // Makes one step of the 8-bit branch a whole number of stream steps, so that its multiplier is exact.
      const double step = coarse->step.front();
      if (finest * step >= 1) resolution_ = std::floor(finest * step) / step;
    }
    for (ScaledValue& scaled : values_) {
      if (scaled.dtype == fb::DType::kI32) scaled.step.assign(scaled.step.size(), 1 / resolution_);
    }
  }

  const ScaledValue* first_eight_bit_branch() const {
    const auto found =
        std::ranges::find_if(values_, [](const ScaledValue& scaled) { return scaled.added && scaled.eight_bit; });
    return found == values_.end() ? nullptr : &*found;
  }

  // ---- Layers ----
  void emit(const GraphStep& step, ScaledValue& result) {
    switch (step.kind) {
      case StepKind::kConv:
        result.tensor = emit_conv(step, result);
        break;
      case StepKind::kAdd:
        result.tensor = emit_add(step);
        break;
      case StepKind::kTranspose:
        result.tensor = graph_.add_transpose(step.name, value(step.a).tensor);
        break;
      case StepKind::kMaxPool:
        if (result.dtype == fb::DType::kBits) check_rising(step);
        result.tensor = graph_.add_max_pool(step, value(step.a).tensor);
        break;
      case StepKind::kAveragePool:  // refused by check_form()
      case StepKind::kDropout:
        result.tensor = value(step.a).tensor;
        break;
    }
  }

  // Pooling bits equals pooling values only if no threshold is `falling` (threshold.h), so training keeps these
  // batch-norm scales positive.
  void check_rising(const GraphStep& pool) const {
    const GraphStep* from = &pool;
    while (from->kind != StepKind::kConv) from = &geometry().steps[static_cast<std::size_t>(from->a) - 1];
    const std::string& norm = sign_reader(graph_.conv(from->conv))->norm;
    const bool rising =
        std::ranges::all_of(network_.tensors.at(norm + ".weight").values, [](float v) { return v >= 0; });
    if (!rising) throw Error("{} pools signs, but {} has a negative scale", pool.name, norm);
  }

  int emit_conv(const GraphStep& step, const ScaledValue& result) {
    const ConvGeometry& g = graph_.conv(step.conv);
    const ConvGeometry* reader = sign_reader(g);
    const int input = value(step.a).tensor;
    if (g.binary) return emit_binary(step, g, reader);
    if (g.reads_input && reader != nullptr) {
      return graph_.add_conv(step.conv, input, pack_first_conv(network_, g, *reader, graph_.window(step.conv)),
                             fb::DType::kBits);
    }
    EightBitLayer& layer = eight_bit_[static_cast<std::size_t>(step.conv)];
    if (reader == nullptr) {
      const int tensor = graph_.add_conv(step.conv, input, std::move(layer.op), fb::DType::kI16);
      if (result.added) graph_.set_scale(tensor, result.step.front());
      return tensor;
    }
    layer.op.thresholds = fold_thresholds(network_, activations_of(network_, g), layer.before_relu, *reader);
    return graph_.add_conv(step.conv, input, std::move(layer.op), fb::DType::kBits);
  }

  int emit_binary(const GraphStep& step, const ConvGeometry& g, const ConvGeometry* reader) {
    BinaryLayer& layer = binary_[static_cast<std::size_t>(step.conv)];
    const int bits = bits_for(g, value(step.a));
    if (reader != nullptr) {
      layer.op.thresholds = fold_thresholds(network_, activations_of(network_, g), scaled_by(layer.alpha), *reader);
    } else {
      layer.op.signed_sums = !g.relu;
    }
    return graph_.add_conv(step.conv, bits, std::move(layer.op),
                           reader != nullptr ? fb::DType::kBits : fb::DType::kI16);
  }

  // Converts `value` to the bits that `reader` takes.
  int bits_for(const ConvGeometry& reader, const ScaledValue& value) {
    if (value.dtype == fb::DType::kBits) return value.tensor;
    const Activation activation = value.rectified ? Activation{} : kIdentity;
    fb::ThresholdT op;
    op.thresholds = fold_thresholds(network_, std::vector<Activation>(value.step.size(), activation),
                                    scaled_by(value.step), reader);
    return graph_.add_pointwise(reader.name + "sign", {value.tensor}, std::move(op), fb::DType::kBits);
  }

  int emit_add(const GraphStep& step) {
    const auto multiplier = [&](const ScaledValue& branch) {
      return branch.dtype == fb::DType::kI32 ? std::vector<std::int32_t>(branch.step.size(), 1)
                                             : rounded(branch.step, resolution_);
    };
    // A sum that is already in the stream is the second operand.
    const bool swapped = value(step.a).dtype == fb::DType::kI32 && value(step.b).dtype != fb::DType::kI32;
    const ScaledValue &a = value(swapped ? step.b : step.a), &b = value(swapped ? step.a : step.b);
    fb::AddI32T op;
    op.multiplier_a = multiplier(a);
    op.multiplier_b = multiplier(b);
    op.relu = step.relu;
    const int tensor = graph_.add_pointwise(step.name, {a.tensor, b.tensor}, std::move(op), fb::DType::kI32);
    graph_.set_scale(tensor, 1 / resolution_);
    return tensor;
  }

  // Pooling drops enough low bits of the stream's sums to make them fit the head.
  void add_head() {
    const ScaledValue& last = values_.back();
    const double area = graph_.area();
    if (last.dtype != fb::DType::kI32) return add_head({last.step, last.limit}, 0);
    const double widest = widest_head_input(geometry().head_inputs),
                 max_value = last.max_value + last.rounding / resolution_;
    int shift = 0;
    while (std::ldexp(max_value * resolution_ * area, -shift) > widest) ++shift;
    const double one = std::ldexp(1 / resolution_, shift);
    add_head({std::vector<double>(last.step.size(), one), max_value / one + 1}, shift);
  }

  void add_head(const WideActivations& in, int shift) {
    const int pooled = graph_.add_average_pool(values_.back().tensor, fb::DType::kI32, shift);
    IntegerHead head = pack_head(network_, in, graph_.area());
    graph_.add_head(pooled, std::move(head.op), fb::DType::kI32, head.scale);
  }

  const TrainedNetwork& network_;
  PackedGraph graph_;
  std::vector<BinaryLayer> binary_;       // by convolution
  std::vector<EightBitLayer> eight_bit_;  // by convolution
  std::vector<ScaledValue> values_;       // by value
  double resolution_ = 1;                 // steps of the stream per 1.0
};

}  // namespace

fb::ModelT pack_binary(const TrainedNetwork& network) {
  if (network.spec.form.shortcuts) {
    throw Error("a binary network trained with --shortcuts cannot be packed; train again without --shortcuts");
  }
  return BinaryPacker(network).pack();
}

}  // namespace stapes
