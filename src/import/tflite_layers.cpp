// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_layers.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "kernels/add/add_params.h"
#include "kernels/quantize_multiplier.h"
#include "kernels/requantize.h"
#include "kernels/softmax/softmax_params.h"
#include "packed/limits.h"

namespace stapes {
namespace {
namespace fb = packed::fb;

constexpr int kInt8Min = -128, kInt8Max = 127;

const TfliteTensor& tflite_input(const TfliteFile& file, const TfliteOperator& op, std::size_t which = 0) {
  if (op.inputs.size() <= which || op.inputs[which] < 0) throw Error("input {} is missing", which);
  return file.tensor(op.inputs[which]);
}

const TfliteTensor& tflite_output(const TfliteFile& file, const TfliteOperator& op) {
  if (op.outputs.size() != 1) throw Error("{} outputs; expected one", op.outputs.size());
  return file.tensor(op.outputs.front());
}

// Limits of the output by the fused activation, as TensorFlow Lite computes them.
struct Limits {
  std::int16_t minimum = kInt8Min, maximum = kInt8Max;
};
Limits limits_of(tflite::ActivationFunctionType activation, const TfliteGrid& out) {
  const auto on_grid = [&](float value) {
    const double q = out.zero_point + double{std::round(value / static_cast<float>(out.scale))};
    return static_cast<std::int16_t>(std::clamp<double>(q, kInt8Min, kInt8Max));
  };
  switch (activation) {
    case tflite::ActivationFunctionType::NONE:
      return {};
    case tflite::ActivationFunctionType::RELU:
      return {on_grid(0), kInt8Max};
    case tflite::ActivationFunctionType::RELU6:
      return {on_grid(0), on_grid(6)};
    case tflite::ActivationFunctionType::RELU_N1_TO_1:
      return {on_grid(-1), on_grid(1)};
    default:
      throw Error("fused activation {}; expected none, RELU, RELU6 or RELU_N1_TO_1",
                  tflite::EnumNameActivationFunctionType(activation));
  }
}

// Padding along one axis.
struct Pads {
  int before = 0, after = 0;
};
Pads pads_of(tflite::Padding padding, int in, int kernel, int stride) {
  if (padding == tflite::Padding::VALID) return {};
  if (padding != tflite::Padding::SAME) throw Error("padding {}; expected SAME or VALID", static_cast<int>(padding));
  const int out = (in + stride - 1) / stride;
  const int total = std::max(0, (out - 1) * stride + kernel - in);
  return {total / 2, total - total / 2};
}

struct Axis {
  int kernel = 1, stride = 1;
  Pads pads;
};

template <class Op>
void set_window(Op& op, const Axis& h, const Axis& w) {
  op.window = std::make_unique<fb::Window>(h.kernel, w.kernel, h.stride, w.stride, h.pads.before, w.pads.before, 1, 1);
  if (h.pads.before == h.pads.after && w.pads.before == w.pads.after) return;
  op.end_pads = std::make_unique<fb::EndPads>(h.pads.after, w.pads.after);
}

template <class Options>
void refuse_dilation(const Options& options) {
  if (options.dilation_h_factor() == 1 && options.dilation_w_factor() == 1) return;
  throw Error("dilation {}x{}; expected 1x1", options.dilation_h_factor(), options.dilation_w_factor());
}

void check_stride(int h, int w) {
  if (h >= 1 && w >= 1 && h <= kMaxDim && w <= kMaxDim) return;
  throw Error("stride {}x{}; expected 1x1 to {}x{}", h, w, kMaxDim, kMaxDim);
}

// Constant int8 weights whose zero points are 0, with one scale or one for each filter.
const TfliteTensor& weights_of(const TfliteFile& file, const TfliteOperator& op, std::size_t rank, int filter_axis) {
  const TfliteTensor& weights = tflite_input(file, op, 1);
  if (weights.type != tflite::TensorType::INT8 || !weights.is_constant()) {
    throw Error("weights of type {}{}; expected constant INT8", tflite::EnumNameTensorType(weights.type),
                weights.is_constant() ? "" : " that are not constant");
  }
  if (weights.shape.size() != rank) throw Error("weights {}; expected {} dimensions", weights.shape_text(), rank);
  if (std::ranges::any_of(weights.zero_point, [](int z) { return z != 0; })) {
    throw Error("weights with a zero point other than 0");
  }
  if (weights.scale.empty()) throw Error("weights without a scale");
  if (weights.scale.size() > 1 && weights.quantized_axis != filter_axis) {
    throw Error("weights with scales along axis {}; expected {}", weights.quantized_axis, filter_axis);
  }
  return weights;
}

std::vector<std::int32_t> bias_of(const TfliteFile& file, const TfliteOperator& op, int filters) {
  std::vector<std::int32_t> bias(static_cast<std::size_t>(filters));
  if (op.inputs.size() < 3 || op.inputs[2] < 0) return bias;
  const TfliteTensor& tensor = file.tensor(op.inputs[2]);
  if (tensor.type != tflite::TensorType::INT32 || !tensor.is_constant() || tensor.elements() != filters) {
    throw Error("bias {} of type {}; expected {} constant INT32", tensor.shape_text(),
                tflite::EnumNameTensorType(tensor.type), filters);
  }
  std::memcpy(bias.data(), tensor.data.data(), tensor.data.size());
  return bias;
}

// Factors from sums to outputs. TensorFlow Lite Micro multiplies the scales in float where a fully connected layer has
// one scale for all its weights, otherwise in double.
template <class Op>
void set_rescaling(Op& op, const TfliteTensor& weights, double in_scale, const TfliteGrid& out, bool float_product) {
  for (std::size_t o = 0; o < op.bias.size(); ++o) {
    const float weight_scale = weights.scale[weights.scale.size() == 1 ? 0 : o];
    const double product =
        float_product ? double{static_cast<float>(in_scale) * weight_scale} : in_scale * double{weight_scale};
    const double factor = product / out.scale;
    if (!std::isfinite(factor)) throw Error("scales {} and {}, whose product is too large", in_scale, weight_scale);
    const FixedPointFactor rescale = quantize_multiplier(factor);
    op.multiplier.push_back(rescale.multiplier);
    op.shift.push_back(rescale.shift);
  }
}

template <class Op, class Options>
void set_limits(Op& op, const Options& options, const TfliteGrid& out) {
  const Limits limits = limits_of(options.fused_activation_function(), out);
  op.minimum = limits.minimum;
  op.maximum = limits.maximum;
}

// A dead channel often has a scale near 0 and so a bias near 2^30, more than our kernels can rescale. If no input can
// change its output, its weights become 0 and its bias alone gives that output.
template <class Op>
void fold_constant_channels(Op& op, const TfliteGrid& in, const TfliteGrid& out) {
  const std::size_t taps = op.weights.size() / op.bias.size();
  for (std::size_t o = 0; o < op.bias.size(); ++o) {
    std::int64_t low = op.bias[o], high = op.bias[o], bound = std::abs(std::int64_t{op.bias[o]});
    for (std::size_t i = o * taps; i < (o + 1) * taps; ++i) {
      const std::int64_t a = std::int64_t{op.weights[i]} * (kInt8Min - in.zero_point);
      const std::int64_t b = std::int64_t{op.weights[i]} * (kInt8Max - in.zero_point);
      low += std::min({a, b, std::int64_t{0}});  // 0: a tap on padding
      high += std::max({a, b, std::int64_t{0}});
      bound += std::max(std::abs(a), std::abs(b));  // as the reader counts
    }
    const bool is_int32 =
        low > std::numeric_limits<std::int32_t>::min() && high <= std::numeric_limits<std::int32_t>::max();
    if (bound <= kMaxRescaledSum || !is_int32 || op.shift[o] > 0) continue;
    const auto result = [&](std::int64_t sum) {
      const std::int32_t scaled = rescale(static_cast<std::int32_t>(sum), op.multiplier[o], op.shift[o]);
      const std::int64_t q = std::int64_t{out.zero_point} + scaled;
      return static_cast<std::int32_t>(std::clamp<std::int64_t>(q, op.minimum, op.maximum));
    };
    if (result(low) != result(high)) continue;  // refused by the reader
    std::fill_n(op.weights.begin() + static_cast<std::ptrdiff_t>(o * taps), taps, std::int8_t{0});
    op.bias[o] = result(low) - out.zero_point;
    op.multiplier[o] = 1 << 30;  // with the shift, a factor of 1
    op.shift[o] = 1;
  }
}

std::vector<std::int8_t> int8_values(const TfliteTensor& tensor) {
  const auto* const first = reinterpret_cast<const std::int8_t*>(tensor.data.data());
  return {first, first + tensor.data.size()};
}

// Weights, bias and rescaling of a fully connected layer of `inputs` values.
template <class Op>
void set_linear(const TfliteFile& file, const TfliteOperator& op, std::int64_t inputs, Op& layer) {
  const auto& options = op.as<tflite::FullyConnectedOptions>();
  if (options.weights_format() != tflite::FullyConnectedOptionsWeightsFormat::DEFAULT) {
    throw Error("shuffled weights; expected the default format");
  }
  const TfliteTensor& weights = weights_of(file, op, 2, 0);
  if (weights.shape[1] != inputs) {
    throw Error("weights {} for an input of {} values", weights.shape_text(), inputs);
  }
  const TfliteGrid out = grid_of(tflite_output(file, op));
  layer.weights = int8_values(weights);
  layer.bias = bias_of(file, op, weights.shape[0]);
  set_rescaling(layer, weights, grid_of(tflite_input(file, op)).scale, out, weights.scale.size() == 1);
  set_limits(layer, options, out);
  fold_constant_channels(layer, grid_of(tflite_input(file, op)), out);
}

void check_probabilities(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteGrid out = grid_of(tflite_output(file, op));
  if (out.scale == 1.0 / 256 && out.zero_point == -128) return;
  throw Error("an output of scale {} and zero point {}; expected 1/256 and -128", out.scale, out.zero_point);
}

const tflite::Pool2DOptions& pool_options(const TfliteOperator& op, const TfliteShape& in) {
  const auto& options = op.as<tflite::Pool2DOptions>();
  check_stride(options.stride_h(), options.stride_w());
  if (options.fused_activation_function() != tflite::ActivationFunctionType::NONE) {
    throw Error("a fused activation; expected none");
  }
  if (options.filter_height() < 1 || options.filter_width() < 1 || options.filter_height() > in.height * 2 ||
      options.filter_width() > in.width * 2) {
    throw Error("a filter of {}x{}", options.filter_height(), options.filter_width());
  }
  return options;
}

void keep_grid(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteGrid in = grid_of(tflite_input(file, op)), out = grid_of(tflite_output(file, op));
  if (in.scale == out.scale && in.zero_point == out.zero_point) return;
  throw Error("an output on another grid than the input");
}

}  // namespace

TfliteShape shape_of(const TfliteTensor& tensor) {
  const std::vector<int>& s = tensor.shape;
  if (s.size() > 1 && s.size() <= 4 && s.front() != 1)
    throw Error("{}: a batch of {}; expected 1", tensor.shape_text(), s.front());
  if (std::ranges::any_of(s, [](int size) { return size > kMaxDim; })) {
    throw Error("a tensor of {}; sizes up to {} are supported", tensor.shape_text(), kMaxDim);
  }
  switch (s.size()) {
    case 1:
      return {1, 1, s[0]};
    case 2:
      return {1, 1, s[1]};
    case 3:
      return {1, s[1], s[2]};
    case 4:
      return {s[1], s[2], s[3]};
    default:
      throw Error("a tensor of shape {}; expected 1 to 4 dimensions", tensor.shape_text());
  }
}

TfliteGrid grid_of(const TfliteTensor& tensor) {
  if (tensor.type != tflite::TensorType::INT8) {
    throw Error("an activation of type {}; expected INT8", tflite::EnumNameTensorType(tensor.type));
  }
  if (tensor.scale.size() != 1 || tensor.scale.front() <= 0) throw Error("an activation without one scale above 0");
  return {double{tensor.scale.front()}, tensor.zero_point.front()};
}

fb::ConvI8T conv_of(const TfliteFile& file, const TfliteOperator& op) {
  const auto& options = op.as<tflite::Conv2DOptions>();
  refuse_dilation(options);
  check_stride(options.stride_h(), options.stride_w());
  const TfliteTensor& weights = weights_of(file, op, 4, 0);
  const TfliteShape in = shape_of(tflite_input(file, op));
  const int filters = weights.shape[0], kernel_h = weights.shape[1], kernel_w = weights.shape[2];
  if (in.channels % weights.shape[3] != 0) {
    throw Error("weights {} for {} input channels", weights.shape_text(), in.channels);
  }
  const TfliteGrid out = grid_of(tflite_output(file, op));
  fb::ConvI8T layer;
  set_window(layer, {kernel_h, options.stride_h(), pads_of(options.padding(), in.height, kernel_h, options.stride_h())},
             {kernel_w, options.stride_w(), pads_of(options.padding(), in.width, kernel_w, options.stride_w())});
  layer.groups = in.channels / weights.shape[3];
  layer.weights = int8_values(weights);
  layer.bias = bias_of(file, op, filters);
  set_rescaling(layer, weights, grid_of(tflite_input(file, op)).scale, out, false);
  set_limits(layer, options, out);
  fold_constant_channels(layer, grid_of(tflite_input(file, op)), out);
  return layer;
}

fb::ConvI8T depthwise_of(const TfliteFile& file, const TfliteOperator& op) {
  const auto& options = op.as<tflite::DepthwiseConv2DOptions>();
  refuse_dilation(options);
  check_stride(options.stride_h(), options.stride_w());
  const TfliteTensor& weights = weights_of(file, op, 4, 3);  // [1][kernel_h][kernel_w][filters]
  const TfliteShape in = shape_of(tflite_input(file, op));
  const int kernel_h = weights.shape[1], kernel_w = weights.shape[2], filters = weights.shape[3];
  if (weights.shape[0] != 1 || filters % in.channels != 0) {
    throw Error("weights {} for {} input channels", weights.shape_text(), in.channels);
  }
  if (options.depth_multiplier() != 0 && options.depth_multiplier() != filters / in.channels) {
    throw Error("depth multiplier {}; the weights have {}", options.depth_multiplier(), filters / in.channels);
  }
  const TfliteGrid out = grid_of(tflite_output(file, op));
  fb::ConvI8T layer;
  set_window(layer, {kernel_h, options.stride_h(), pads_of(options.padding(), in.height, kernel_h, options.stride_h())},
             {kernel_w, options.stride_w(), pads_of(options.padding(), in.width, kernel_w, options.stride_w())});
  layer.groups = in.channels;
  const std::vector<std::int8_t> taps_first = int8_values(weights);
  const std::size_t outs = static_cast<std::size_t>(filters), taps = taps_first.size() / outs;
  layer.weights.resize(taps_first.size());
  for (std::size_t o = 0; o < outs; ++o) {
    for (std::size_t tap = 0; tap < taps; ++tap) layer.weights[o * taps + tap] = taps_first[tap * outs + o];
  }
  layer.bias = bias_of(file, op, filters);
  set_rescaling(layer, weights, grid_of(tflite_input(file, op)).scale, out, false);
  set_limits(layer, options, out);
  fold_constant_channels(layer, grid_of(tflite_input(file, op)), out);
  return layer;
}

// Its weights have the order of a kernel that covers the whole input.
fb::ConvI8T linear_of(const TfliteFile& file, const TfliteOperator& op, const TfliteShape& in) {
  fb::ConvI8T layer;
  set_window(layer, {in.height, 1, {}}, {in.width, 1, {}});
  set_linear(file, op, std::int64_t{in.height} * in.width * in.channels, layer);
  return layer;
}

fb::AveragePoolT average_pool_of(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteShape in = shape_of(tflite_input(file, op)), out = shape_of(tflite_output(file, op));
  const auto& options = pool_options(op, in);
  keep_grid(file, op);
  const auto is_pool = [&](int in_size, int out_size, int filter, int stride) {
    const Pads pads = pads_of(options.padding(), in_size, filter, stride);
    const bool alone = filter <= in_size && pads.before == 0 && pads.after == 0;
    const int count =
        options.padding() == tflite::Padding::VALID ? (in_size - filter) / stride + 1 : (in_size + stride - 1) / stride;
    return alone && count == out_size && out_size == in_size / filter && (stride == filter || out_size == 1);
  };
  if (!is_pool(in.height, out.height, options.filter_height(), options.stride_h()) ||
      !is_pool(in.width, out.width, options.filter_width(), options.stride_w())) {
    throw Error("windows of {}x{} with stride {}x{}; expected windows side by side, without padding",
                options.filter_height(), options.filter_width(), options.stride_h(), options.stride_w());
  }
  fb::AveragePoolT layer;
  layer.pool_h = options.filter_height();
  layer.pool_w = options.filter_width();
  return layer;
}

fb::MaxPoolT max_pool_of(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteShape in = shape_of(tflite_input(file, op));
  const auto& options = pool_options(op, in);
  keep_grid(file, op);
  const int h = options.filter_height(), w = options.filter_width();
  fb::MaxPoolT layer;
  set_window(layer, {h, options.stride_h(), pads_of(options.padding(), in.height, h, options.stride_h())},
             {w, options.stride_w(), pads_of(options.padding(), in.width, w, options.stride_w())});
  return layer;
}

fb::AddI8T add_of(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteTensor &a = tflite_input(file, op, 0), &b = tflite_input(file, op, 1);
  if (a.is_constant() || b.is_constant()) throw Error("a constant operand; expected two activations");
  if (shape_of(a) != shape_of(b))
    throw Error("operands {} and {}; expected equal shapes", a.shape_text(), b.shape_text());
  const TfliteGrid out = grid_of(tflite_output(file, op));
  const AddParams params = add_params(grid_of(a).scale, grid_of(b).scale, out.scale);
  fb::AddI8T layer;
  layer.multiplier_a = params.a.multiplier;
  layer.shift_a = params.a.shift;
  layer.multiplier_b = params.b.multiplier;
  layer.shift_b = params.b.shift;
  layer.multiplier = params.out.multiplier;
  layer.shift = params.out.shift;
  set_limits(layer, op.as<tflite::AddOptions>(), out);
  return layer;
}

fb::SoftmaxT softmax_of(const TfliteFile& file, const TfliteOperator& op) {
  check_probabilities(file, op);
  const double scale = grid_of(tflite_input(file, op)).scale * double{op.as<tflite::SoftmaxOptions>().beta()};
  if (!softmax_takes_scale(scale)) throw Error("an input scale times beta of {}", scale);
  const SoftmaxParams params = softmax_params(scale);
  fb::SoftmaxT layer;
  layer.multiplier = params.multiplier;
  layer.shift = params.shift;
  layer.diff_min = params.diff_min;
  return layer;
}

fb::LogisticT logistic_of(const TfliteFile& file, const TfliteOperator& op) {
  check_probabilities(file, op);
  const double scale = grid_of(tflite_input(file, op)).scale;
  if (!logistic_takes_scale(scale)) throw Error("an input scale of {}", scale);
  const LogisticParams params = logistic_params(scale);
  fb::LogisticT layer;
  layer.multiplier = params.multiplier;
  layer.shift = params.shift;
  layer.range_radius = params.range_radius;
  return layer;
}

}  // namespace stapes
