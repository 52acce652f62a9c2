// SPDX-License-Identifier: Apache-2.0
#include "graph/geometry.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "graph/binary_form.h"
#include "graph/node_names.h"

namespace stapes {
namespace {

using Kind = GraphStep::Kind;

constexpr std::int64_t kMaxValues = std::int64_t{1} << 27;  // per output or weight tensor; the limit of packed models

struct Value {
  int index = 0;         // as in GraphStep
  int width = kNoWidth;  // of its channels: index into Graph::widths
  int channels = 0, h = 0, w = 0;
  std::int64_t columns_per_input = 1;  // input columns per output column
  bool is_input = false;               // the network's input, possibly transposed
};

std::string shape_text(const Value& value) { return fmt::format("{} x {} x {}", value.h, value.w, value.channels); }

class GeometryBuilder {
 public:
  explicit GeometryBuilder(const NetworkSpec& spec) : spec_(spec), graph_(spec.graph) {}

  NetworkGeometry build() {
    check_input();
    readers_.resize(graph_.nodes.size());
    for (const Node& node : graph_.nodes) {
      for (const int input : node.inputs) {
        if (input != kGraphInput) ++readers_[static_cast<std::size_t>(input)];
      }
    }
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      values_.push_back(add(static_cast<int>(i)));
      set_output(values_.back());
    }
    find_sign_readers();
    for (ConvGeometry& conv : geometry_.convs) set_binary_parts(conv);
    return std::move(geometry_);
  }

 private:
  void check_input() const {
    if (graph_.input != kind_of(spec_.input)) {
      throw UsageError("{} takes {}, but the data set has {}", graph_.name, plural_of(graph_.input),
                       plural_of(kind_of(spec_.input)));
    }
    if (const auto* features = std::get_if<FeatureSize>(&spec_.input)) return check_features(*features);
    if (const auto* audio = std::get_if<AudioInput>(&spec_.input)) {
      if (audio->sample_rate_hz < 1) {
        throw Error("a sample rate of {} Hz is not supported; expected at least 1", audio->sample_rate_hz);
      }
      if (audio->window_samples >= 1 && audio->window_samples <= kMaxWindowSamples) return;
      throw Error("a window of {} samples is not supported; expected 1 to {}", audio->window_samples,
                  kMaxWindowSamples);
    }
    const ImageSize image = image_size(spec_.input);
    const auto is_side = [](int side) { return side >= 1 && side <= kMaxImageSide; };
    if (is_side(image.height) && is_side(image.width) && (image.channels == 1 || image.channels == 3)) return;
    throw Error("images of {} x {} x {} are not supported; expected sides of 1 to {} and 1 or 3 channels", image.width,
                image.height, image.channels, kMaxImageSide);
  }

  static void check_features(const FeatureSize& size) {
    const auto fits = [](int axis) { return axis >= 1 && axis <= kMaxWindowSamples; };
    if (fits(size.height) && fits(size.width) && fits(size.channels)) {
      const std::int64_t rows = std::int64_t{size.height} * size.width;  // neither product overflows 64 bits
      if (rows <= kMaxWindowSamples && rows * size.channels <= kMaxWindowSamples) return;
    }
    throw Error("features of {} x {} x {} are not supported; expected 1 to {} values", size.height, size.width,
                size.channels, kMaxWindowSamples);
  }

  Value input() const {
    const FeatureSize shape = input_size(spec_.input);
    return {.channels = shape.channels, .h = shape.height, .w = shape.width, .is_input = true};
  }

  Value value_of(int node) const { return node == kGraphInput ? input() : values_[static_cast<std::size_t>(node)]; }

  Value add(int index) {
    const Node& node = graph_.nodes[static_cast<std::size_t>(index)];
    const Value in = value_of(node.inputs.front());
    if (geometry_.head_inputs > 0 && node.op != NodeOp::kDropout && node.op != NodeOp::kFlatten &&
        node.op != NodeOp::kLinear) {
      throw Error("node {} comes after {}; only dropout and flatten may come between a global-pool and the head",
                  node.name, geometry_.average_name);
    }
    switch (node.op) {
      case NodeOp::kConv:
        return conv(index, in);
      case NodeOp::kMaxPool:
        return max_pool(node, in);
      case NodeOp::kAveragePool:
        return average_pool(node, in, pool_size(node.pool_h, node, in.h, 1),
                            pool_size(node.pool_w, node, in.w, in.columns_per_input));
      case NodeOp::kGlobalPool:
        return pools_for_head(graph_, index) ? global_pool(node, in) : average_pool(node, in, in.h, in.w);
      case NodeOp::kAdd:
        return add_branches(node, in);
      case NodeOp::kTranspose:
        return transpose(node, in);
      case NodeOp::kFlatten:
        if (in.h == 1 && in.w == 1) return in;
        throw Error("node {} flattens {}, but packed models only flatten 1 x 1 x C; put a global-pool before it",
                    node.name, shape_text(in));
      case NodeOp::kDropout:
        return dropout(node, in);
      case NodeOp::kLinear:
        return head(node, in);
    }
    return in;
  }

  // Called again when a pool is fused into the step.
  void set_output(const Value& value) {
    if (value.index == 0 || geometry_.head_inputs > 0) return;
    GraphStep& step = geometry_.steps[static_cast<std::size_t>(value.index) - 1];
    step.out_channels = value.channels;
    step.out_h = value.h;
    step.out_w = value.w;
  }

  int step(GraphStep step) {
    geometry_.steps.push_back(std::move(step));
    return static_cast<int>(geometry_.steps.size());
  }

  int pool_size(const PoolRule& rule, const Node& node, int size, std::int64_t columns_per_input) const {
    switch (rule.kind) {
      case PoolRule::Kind::kNumber:
        return rule.number;
      case PoolRule::Kind::kHalve:
        return size >= 2 ? 2 : 1;
      case PoolRule::Kind::kRest:
        return size;
      case PoolRule::Kind::kMilliseconds:
        break;
    }
    const std::int64_t rate = sample_rate_hz(spec_.input);
    if (rate == 0) throw Error("node {}: a pool of {} ms needs audio input", node.name, rule.number);
    const std::int64_t columns = rate * rule.number / (1000 * columns_per_input);
    if (columns < 1) {
      throw Error("node {}: a pool of {} ms is shorter than one column; at {} Hz a column takes {:.3g} ms", node.name,
                  rule.number, rate, 1000.0 * static_cast<double>(columns_per_input) / static_cast<double>(rate));
    }
    return static_cast<int>(std::min<std::int64_t>(columns, kMaxWindowSamples));
  }

  void check_size(const Node& node, const Value& value) const {
    if (std::int64_t{value.channels} * value.h * value.w <= kMaxValues) return;
    throw Error("node {} has an output of {}; expected at most {} values", node.name, shape_text(value), kMaxValues);
  }

  void set_pool(ConvGeometry& g, const Node& node, const PoolRule& rule_h, const PoolRule& rule_w,
                std::int64_t columns_per_input) {
    g.pool_h = pool_size(rule_h, node, g.out_h, 1);
    g.pool_w = pool_size(rule_w, node, g.out_w, columns_per_input);
    if (g.out_h < g.pool_h || g.out_w < g.pool_w) {
      refuse_pool(node, g.out_h, g.out_w, g.pool_h, g.pool_w, g.out_h >= g.pool_h);
    }
  }

  // `fits_h`: the pool is too large only in width. With audio, that is because the window is too short.
  [[noreturn]] void refuse_pool(const Node& node, int in_h, int in_w, int pool_h, int pool_w, bool fits_h) const {
    if (graph_.input == GraphInput::kAudio && fits_h) {
      throw Error(
          "the window is too short: at node {}, {} x {} is too small for a pool of {} x {}; use a longer window "
          "(--samples)",
          node.name, in_h, in_w, pool_h, pool_w);
    }
    throw Error("node {}: {} x {} is too small for a pool of {} x {}", node.name, in_h, in_w, pool_h, pool_w);
  }

  void check_kernel(const Node& node, const Value& in) const {
    const bool fits_h = in.h + 2 * node.pad_h + node.more_end_h >= node.kernel_h;
    const bool fits = fits_h && in.w + 2 * node.pad_w + node.more_end_w >= node.kernel_w;
    const bool deep = (node.stride_h > 1 && in.h < node.stride_h) || (node.stride_w > 1 && in.w < node.stride_w);
    if (fits && (!deep || in.is_input)) return;
    const bool only_too_narrow = fits_h && (node.stride_h == 1 || in.h >= node.stride_h);
    if (graph_.input == GraphInput::kAudio && only_too_narrow) {
      throw Error(
          "the window is too short for node {}: its kernel is {} x {}, its input {}; use a longer window (--samples)",
          node.name, node.kernel_h, node.kernel_w, shape_text(in));
    }
    if (graph_.input != GraphInput::kImage) {
      throw Error("node {}: kernel {} x {} with stride {} x {} does not fit {}{}", node.name, node.kernel_h,
                  node.kernel_w, node.stride_h, node.stride_w, shape_text(in),
                  graph_.input == GraphInput::kAudio
                      ? "; until a transpose, audio has one row: use a kernel and stride of [1, n]"
                      : "");
    }
    const ImageSize image = image_size(spec_.input);
    throw Error(
        "the network is too deep for images of {} x {}: only {} is left before {}, a {} x {} convolution with stride "
        "{} x {}; import larger images (--size)",
        image.width, image.height, shape_text(in), node.name, node.kernel_h, node.kernel_w, node.stride_h,
        node.stride_w);
  }

  void set_groups(ConvGeometry& g, const Node& node, const Value& in) const {
    g.depthwise = node.groups == kDepthwise;
    g.groups = g.depthwise ? in.channels : node.groups;
    if (in.channels % g.groups == 0 && g.out_channels % g.groups == 0) return;
    throw Error("node {}: the group count {} must divide the input channel count {} and the filter count {}", node.name,
                g.groups, in.channels, g.out_channels);
  }

  static void check_weights(const ConvGeometry& g) {
    const std::int64_t taps = std::int64_t{g.group_channels()} * g.kernel_h * g.kernel_w;
    if (taps <= kMaxValues && taps * g.out_channels <= kMaxValues) return;
    throw Error("node {} has {} weights per filter and {} filters; expected at most {} weights in all", g.name, taps,
                g.out_channels, kMaxValues);
  }

  Value conv(int index, const Value& in) {
    const Node& node = graph_.nodes[static_cast<std::size_t>(index)];
    if (node.dense) check_flat(node, in);
    check_kernel(node, in);
    ConvGeometry g{.name = node.name, .norm = node.norm ? norm_name(node.name) : ""};
    g.in_channels = in.channels;
    g.in_h = in.h;
    g.in_w = in.w;
    g.in_width = in.width;
    g.out_width = node.width != kNoWidth ? node.width : in.width;
    g.out_channels = node.width != kNoWidth ? graph_.widths[static_cast<std::size_t>(node.width)] : in.channels;
    if (g.out_channels < 1 || g.out_channels > kMaxWidth) {
      throw Error("node {} has {} filters; expected 1 to {}", node.name, g.out_channels, kMaxWidth);
    }
    set_groups(g, node, in);
    g.kernel_h = node.kernel_h;
    g.kernel_w = node.kernel_w;
    g.stride_h = node.stride_h;
    g.stride_w = node.stride_w;
    g.pad_h = node.pad_h;
    g.pad_w = node.pad_w;
    g.more_end_h = node.more_end_h;
    g.more_end_w = node.more_end_w;
    check_weights(g);
    g.out_h = (in.h + g.pad_h + g.end_pad_h() - g.kernel_h) / g.stride_h + 1;
    g.out_w = (in.w + g.pad_w + g.end_pad_w() - g.kernel_w) / g.stride_w + 1;
    const std::int64_t columns = std::min<std::int64_t>(in.columns_per_input * g.stride_w, kMaxWindowSamples);
    set_pool(g, node, node.pool_h, node.pool_w, columns);
    g.relu = node.activation != NodeActivation::kNone;
    g.relu6 = node.activation == NodeActivation::kRelu6;
    if (spec_.form.rprelu || node.activation == NodeActivation::kRprelu) g.rprelu = rprelu_name(node.name);
    g.reads_input = in.is_input;
    g.binary = is_binary(spec_, index);
    const int place = static_cast<int>(geometry_.convs.size());
    Value out{.width = g.out_width, .channels = g.out_channels, .h = g.out_h / g.pool_h, .w = g.out_w / g.pool_w};
    out.columns_per_input = std::min<std::int64_t>(columns * g.pool_w, kMaxWindowSamples);
    check_size(node, {.channels = g.out_channels, .h = g.out_h, .w = g.out_w});
    out.index = step({.kind = Kind::kConv, .name = node.name, .a = in.index, .conv = place});
    geometry_.convs.push_back(std::move(g));
    return out;
  }

  ConvGeometry& conv_of(const Value& value) {
    const GraphStep& step = geometry_.steps[static_cast<std::size_t>(value.index) - 1];
    return geometry_.convs[static_cast<std::size_t>(step.conv)];
  }

  Value max_pool(const Node& node, const Value& in) {
    GraphStep pool = pool_step(node, in);
    ConvGeometry* const conv = fused_conv(node, in, pool);
    if (conv == nullptr) return separate_max_pool(std::move(pool), node, in);
    set_pool(*conv, node, node.pool_h, node.pool_w, in.columns_per_input);
    Value out = in;
    out.h = conv->out_h / conv->pool_h;
    out.w = conv->out_w / conv->pool_w;
    out.columns_per_input = std::min<std::int64_t>(in.columns_per_input * conv->pool_w, kMaxWindowSamples);
    return out;
  }

  GraphStep pool_step(const Node& node, const Value& in) const {
    GraphStep pool{.kind = Kind::kMaxPool, .name = node.name, .a = in.index};
    pool.pool_h = pool_size(node.pool_h, node, in.h, 1);
    pool.pool_w = pool_size(node.pool_w, node, in.w, in.columns_per_input);
    pool.stride_h = node.pool_stride_h > 0 ? node.pool_stride_h : pool.pool_h;
    pool.stride_w = node.pool_stride_w > 0 ? node.pool_stride_w : pool.pool_w;
    pool.pad_h = node.pad_h;
    pool.pad_w = node.pad_w;
    pool.end_pad_h = node.pad_h + node.more_end_h;
    pool.end_pad_w = node.pad_w + node.more_end_w;
    return pool;
  }

  // The convolution that `pool` can be fused into, or null. It has no pool and no other reader, and the windows of
  // `pool` are adjacent and unpadded.
  ConvGeometry* fused_conv(const Node& node, const Value& in, const GraphStep& pool) {
    const int before = node.inputs.front();
    const bool alone = before != kGraphInput && readers_[static_cast<std::size_t>(before)] == 1 &&
                       graph_.nodes[static_cast<std::size_t>(before)].op == NodeOp::kConv;
    const bool side_by_side = pool.stride_h == pool.pool_h && pool.stride_w == pool.pool_w;
    const bool pads = pool.pad_h + pool.pad_w + pool.end_pad_h + pool.end_pad_w > 0;
    if (!alone || !side_by_side || pads) return nullptr;
    ConvGeometry& conv = conv_of(in);
    return conv.pool_h * conv.pool_w == 1 ? &conv : nullptr;
  }

  Value separate_max_pool(GraphStep pool, const Node& node, const Value& in) {
    const int h = in.h + pool.pad_h + pool.end_pad_h, w = in.w + pool.pad_w + pool.end_pad_w;
    if (pool.pool_h > h || pool.pool_w > w) {
      refuse_pool(node, in.h, in.w, pool.pool_h, pool.pool_w, pool.pool_h <= h);
    }
    Value out = in;
    out.h = (h - pool.pool_h) / pool.stride_h + 1;
    out.w = (w - pool.pool_w) / pool.stride_w + 1;
    out.columns_per_input = std::min<std::int64_t>(in.columns_per_input * pool.stride_w, kMaxWindowSamples);
    out.is_input = false;
    check_size(node, out);
    out.index = step(std::move(pool));
    return out;
  }

  Value average_pool(const Node& node, const Value& in, int h, int w) {
    Value out = in;
    if (h > in.h || w > in.w) refuse_pool(node, in.h, in.w, h, w, h <= in.h);
    out.h = in.h / h;
    out.w = in.w / w;
    out.columns_per_input = std::min<std::int64_t>(in.columns_per_input * w, kMaxWindowSamples);
    out.is_input = false;
    out.index = step({.kind = Kind::kAveragePool,
                      .name = node.name,
                      .a = in.index,
                      .pool_h = h,
                      .pool_w = w,
                      .stride_h = h,
                      .stride_w = w});
    return out;
  }

  Value global_pool(const Node& node, const Value& in) {
    set_head_inputs(node, in);
    geometry_.average_name = node.name;
    geometry_.average_h = in.h;
    geometry_.average_w = in.w;
    Value out = in;
    out.h = out.w = 1;
    return out;
  }

  Value head(const Node& node, const Value& in) {
    if (geometry_.head_inputs == 0) {
      check_flat(node, in);
      set_head_inputs(node, in);
    }
    return in;
  }

  void set_head_inputs(const Node& node, const Value& in) {
    if (in.index != static_cast<int>(geometry_.steps.size())) {
      throw Error("node {} must read the last layer before it; otherwise nothing would read the layers in between",
                  node.name);
    }
    geometry_.head_width = in.width;
    geometry_.head_inputs = in.channels;
  }

  static void check_flat(const Node& node, const Value& in) {
    if (in.h == 1 && in.w == 1) return;
    throw Error("node {} reads {}, but a linear node takes 1 x 1 x C; put a global-pool before it", node.name,
                shape_text(in));
  }

  Value add_branches(const Node& node, const Value& a) {
    const Value b = value_of(node.inputs.back());
    if (a.channels != b.channels || a.h != b.h || a.w != b.w) {
      throw Error("node {} adds {} and {}; both must have the same shape", node.name, shape_text(a), shape_text(b));
    }
    if (spec_.binary && node.activation == NodeActivation::kRelu6) {
      throw UsageError("node {}: an addition in a binary network cannot have relu6; use relu", node.name);
    }
    Value out = a;
    out.is_input = false;
    out.index = step({.kind = Kind::kAdd,
                      .name = node.name,
                      .a = a.index,
                      .b = b.index,
                      .relu = node.activation != NodeActivation::kNone,
                      .relu6 = node.activation == NodeActivation::kRelu6});
    return out;
  }

  Value transpose(const Node& node, const Value& in) {
    if (in.h != 1) {
      throw Error("node {} transposes {}; only 1 x W x C can become C x W x 1", node.name, shape_text(in));
    }
    Value out = in;
    out.h = in.channels;
    out.channels = in.h;
    out.width = kNoWidth;
    out.index = step({.kind = Kind::kTranspose, .name = node.name, .a = in.index});
    return out;
  }

  Value dropout(const Node& node, const Value& in) {
    if (geometry_.head_inputs > 0) {
      geometry_.head_dropout = true;
      return in;
    }
    Value out = in;
    out.index = step({.kind = Kind::kDropout, .name = node.name, .a = in.index});
    return out;
  }

  void find_sign_readers() {
    std::vector<int> reads(geometry_.steps.size() + 1);
    for (const GraphStep& step : geometry_.steps) {
      ++reads[static_cast<std::size_t>(step.a)];
      if (step.kind == Kind::kAdd) ++reads[static_cast<std::size_t>(step.b)];
    }
    for (const GraphStep& step : geometry_.steps) {
      if (step.kind != Kind::kConv || !geometry_.convs[static_cast<std::size_t>(step.conv)].binary) continue;
      int value = step.a;  // trace back to a convolution through values with a single reader
      while (value > 0 && reads[static_cast<std::size_t>(value)] == 1) {
        const GraphStep& before = geometry_.steps[static_cast<std::size_t>(value) - 1];
        if (before.kind == Kind::kConv) geometry_.convs[static_cast<std::size_t>(before.conv)].sign_reader = step.conv;
        const bool moves = before.kind == Kind::kTranspose || before.kind == Kind::kDropout;
        if (!moves && before.kind != Kind::kMaxPool) break;
        value = before.a;
      }
    }
  }

  void set_binary_parts(ConvGeometry& g) const {
    if (g.binary && g.relu6 && g.sign_reader < 0) {
      throw UsageError("node {}: relu6 has a binary form only if a single binary convolution reads this node; use relu",
                       g.name);
    }
    if (!g.binary || !g.relu || g.relu6 || g.sign_reader < 0) g.rprelu.clear();
    // As published, also for a first convolution with binary output.
    g.scale_kept_positive = g.binary || (g.reads_input && g.sign_reader >= 0);
    const bool keeps_size = g.kernel_h * g.kernel_w > 1 && g.in_h == g.out_h && g.in_w == g.out_w;
    g.shortcut = spec_.form.shortcuts && g.binary && g.relu && g.in_width != kNoWidth && keeps_size;
  }

  const NetworkSpec& spec_;
  const Graph& graph_;
  NetworkGeometry geometry_;
  std::vector<Value> values_;  // by node
  std::vector<int> readers_;   // by node
};

}  // namespace

std::int64_t ConvGeometry::multiply_adds() const { return std::int64_t{out_channels} * out_h * out_w * taps(); }

NetworkGeometry network_geometry(const NetworkSpec& spec) { return GeometryBuilder(spec).build(); }

}  // namespace stapes
