// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_layers.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "kernels/add/add_params.h"
#include "kernels/mean/mean_params.h"
#include "kernels/quantize_multiplier.h"
#include "kernels/requantize.h"
#include "kernels/softmax/softmax_params.h"
#include "packed/limits.h"

namespace stapes {
namespace {
namespace fb = packed::fb;

constexpr int kInt8Min = -128, kInt8Max = 127;
constexpr std::int64_t kLargestDifference = 255;  // of an int8 from its zero point
constexpr int kUint8Shift = 128;                  // from uint8 to int8
constexpr double kFloatRounding = 1e-6;           // of a product of two scales, relative
constexpr double kSmallestLogisticScale = 1.0 / (1 << 28);

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

// Constant int8 weights whose zero points are 0, with one scale or one for each filter.
const TfliteTensor& weights_of(const TfliteFile& file, const TfliteOperator& op, int filter_axis) {
  const TfliteTensor& weights = tflite_input(file, op, 1);
  if (weights.type != tflite::TensorType::INT8 || !weights.is_constant()) {
    throw Error("weights of type {}{}; expected constant INT8", tflite::EnumNameTensorType(weights.type),
                weights.is_constant() ? "" : " that are not constant");
  }
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

template <class Op>
void set_limits(Op& op, tflite::ActivationFunctionType activation, const TfliteGrid& out) {
  const Limits limits = limits_of(activation, out);
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

// `float_product`: see set_rescaling().
void set_conv(const TfliteFile& file, const TfliteOperator& op, const TfliteConv& conv, bool float_product,
              fb::ConvI8T& layer) {
  const TfliteTensor& weights = weights_of(file, op, conv.filter_axis);
  set_window(layer, conv.h, conv.w);
  layer.groups = conv.groups;
  layer.weights = filters_first(int8_values(weights), conv);
  layer.bias = bias_of(file, op, conv.filters);
  set_rescaling(layer, weights, grid_of(tflite_input(file, op)).scale, grid_of(tflite_output(file, op)), float_product);
}

void finish_conv(const TfliteFile& file, const TfliteOperator& op, tflite::ActivationFunctionType activation,
                 fb::ConvI8T& layer) {
  const TfliteGrid out = grid_of(tflite_output(file, op));
  set_limits(layer, activation, out);
  fold_constant_channels(layer, grid_of(tflite_input(file, op)), out);
}

void check_probabilities(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteGrid out = grid_of(tflite_output(file, op));
  if (out.scale == 1.0 / 256 && out.zero_point == -128) return;
  throw Error("an output of scale {} and zero point {}; expected 1/256 and -128", out.scale, out.zero_point);
}

}  // namespace

TfliteGrid grid_of(const TfliteTensor& tensor) {
  if (tensor.type != tflite::TensorType::INT8) {
    throw Error("an activation of type {}; expected INT8", tflite::EnumNameTensorType(tensor.type));
  }
  if (tensor.scale.size() != 1 || tensor.scale.front() <= 0) throw Error("an activation without one scale above 0");
  return {double{tensor.scale.front()}, tensor.zero_point.front()};
}

TfliteGrid end_grid_of(const TfliteTensor& tensor) {
  if (tensor.type != tflite::TensorType::UINT8) return grid_of(tensor);
  if (tensor.scale.size() != 1 || tensor.scale.front() <= 0) throw Error("a tensor without one scale above 0");
  return {double{tensor.scale.front()}, tensor.zero_point.front() - kUint8Shift};
}

void keep_grid(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteTensor &in = tflite_input(file, op), &out = tflite_output(file, op);
  if (!is_float(in) && grid_of(in) != grid_of(out)) throw Error("an output on another grid than the input");
}

fb::ConvI8T conv_of(const TfliteFile& file, const TfliteOperator& op, const TflitePadding& folded) {
  const TfliteConv conv = conv_geometry(file, op, folded);
  fb::ConvI8T layer;
  set_conv(file, op, conv, false, layer);
  finish_conv(file, op, conv_activation(op), layer);
  return layer;
}

// Its weights have the order of a kernel that covers the whole input.
fb::ConvI8T linear_of(const TfliteFile& file, const TfliteOperator& op, const TfliteShape& in) {
  const TfliteConv conv = linear_geometry(file, op, in);
  fb::ConvI8T layer;
  set_conv(file, op, conv, weights_of(file, op, 0).scale.size() == 1, layer);
  finish_conv(file, op, op.as<tflite::FullyConnectedOptions>().fused_activation_function(), layer);
  return layer;
}

double sum_scale(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteTensor& weights = weights_of(file, op, 0);
  if (weights.scale.size() != 1) throw Error("int32 output with a scale for each filter; expected one scale");
  const double scale = grid_of(tflite_input(file, op)).scale * double{weights.scale.front()};
  const TfliteTensor& out = tflite_output(file, op);
  const bool as_stored = out.scale.empty() || (out.scale.size() == 1 && out.zero_point.front() == 0 &&
                                               std::abs(double{out.scale.front()} / scale - 1) < kFloatRounding);
  if (!as_stored) throw Error("int32 output of another scale than the sums, {}", scale);
  return scale;
}

fb::LinearI8T sums_of(const TfliteFile& file, const TfliteOperator& op) {
  if (op.as<tflite::FullyConnectedOptions>().fused_activation_function() != tflite::ActivationFunctionType::NONE) {
    throw Error("a fused activation on int32 output; expected none");
  }
  const TfliteTensor& weights = weights_of(file, op, 0);
  fb::LinearI8T layer;
  layer.weights = int8_values(weights);
  layer.bias = bias_of(file, op, weights.shape[0]);
  return layer;
}

fb::ConvI8T requantize_of(const TfliteGrid& in, const TfliteGrid& out, int channels) {
  const auto count = static_cast<std::size_t>(channels);
  const FixedPointFactor factor = quantize_multiplier(in.scale / out.scale);
  fb::ConvI8T layer;
  set_window(layer, {}, {});
  layer.groups = channels;
  layer.weights.assign(count, 1);
  layer.bias.assign(count, 0);
  layer.multiplier.assign(count, factor.multiplier);
  layer.shift.assign(count, factor.shift);
  layer.minimum = kInt8Min;
  layer.maximum = kInt8Max;
  return layer;
}

fb::AveragePoolT average_pool_of(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteShape in = shape_of(tflite_input(file, op)), out = shape_of(tflite_output(file, op));
  const TflitePool pool = pool_geometry(file, op, {});
  keep_grid(file, op);
  const auto is_side_by_side = [](const TfliteAxis& axis, int in_size, int out_size) {
    return axis.pads == TflitePads{} && axis.kernel <= in_size && out_size == in_size / axis.kernel &&
           (axis.stride == axis.kernel || out_size == 1);
  };
  fb::AveragePoolT layer;
  if (is_side_by_side(pool.h, in.height, out.height) && is_side_by_side(pool.w, in.width, out.width)) {
    layer.pool_h = pool.h.kernel;
    layer.pool_w = pool.w.kernel;
  } else {
    set_window(layer, pool.h, pool.w);
  }
  return layer;
}

fb::MaxPoolT max_pool_of(const TfliteFile& file, const TfliteOperator& op, const TflitePadding& folded) {
  const TflitePool pool = pool_geometry(file, op, folded);
  const TfliteTensor& in = tflite_input(file, op);
  keep_grid(file, op);
  // Padding never wins here, but the file compares it with the values.
  if (folded != TflitePadding{} && (is_float(in) || grid_of(in).zero_point != kInt8Min)) {
    throw Error("reads padding that can be the largest value; expected a zero point of -128");
  }
  fb::MaxPoolT layer;
  set_window(layer, pool.h, pool.w);
  return layer;
}

fb::MeanT mean_of(const TfliteFile& file, const TfliteOperator& op, const TflitePool& pool) {
  const std::int64_t count = std::int64_t{pool.h.kernel} * pool.w.kernel;
  const double in_scale = grid_of(tflite_input(file, op)).scale, out_scale = grid_of(tflite_output(file, op)).scale;
  const FixedPointFactor factor = mean_params(in_scale, out_scale, count);
  if (count * kLargestDifference > kMaxRescaledSum >> std::max(factor.shift, 0)) {
    throw Error("a mean of {} values from scale {} to {}, whose sums overflow", count, in_scale, out_scale);
  }
  fb::MeanT layer;
  layer.pool_h = pool.h.kernel;
  layer.pool_w = pool.w.kernel;
  layer.multiplier = factor.multiplier;
  layer.shift = factor.shift;
  return layer;
}

fb::AddI8T add_of(const TfliteFile& file, const TfliteOperator& op) {
  check_operands(file, op);
  const TfliteTensor &a = tflite_input(file, op, 0), &b = tflite_input(file, op, 1);
  const TfliteGrid out = grid_of(tflite_output(file, op));
  const AddParams params = add_params(grid_of(a).scale, grid_of(b).scale, out.scale);
  fb::AddI8T layer;
  layer.multiplier_a = params.a.multiplier;
  layer.shift_a = params.a.shift;
  layer.multiplier_b = params.b.multiplier;
  layer.shift_b = params.b.shift;
  layer.multiplier = params.out.multiplier;
  layer.shift = params.out.shift;
  set_limits(layer, op.as<tflite::AddOptions>().fused_activation_function(), out);
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
  // For smaller scales every result is 1/2, as it is for this one.
  const double scale = std::max(grid_of(tflite_input(file, op)).scale, kSmallestLogisticScale);
  const LogisticParams params = logistic_params(scale);
  fb::LogisticT layer;
  layer.multiplier = params.multiplier;
  layer.shift = params.shift;
  layer.range_radius = params.range_radius;
  return layer;
}

}  // namespace stapes
