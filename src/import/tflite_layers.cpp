// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_layers.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "kernels/quantize_multiplier.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {
namespace fb = packed::fb;

constexpr double kFloatRounding = 1e-6;  // relative error of a product of two scales

// Output limits of the fused activation, as TensorFlow Lite computes them.
struct Limits {
  std::int16_t minimum = kInt8Min, maximum = kInt8Max;
};
Limits limits_of(tflite::ActivationFunctionType activation, const Int8Grid& out) {
  switch (activation) {
    case tflite::ActivationFunctionType::NONE:
      return {};
    case tflite::ActivationFunctionType::RELU:
      return {limit_on_grid(0, out), kInt8Max};
    case tflite::ActivationFunctionType::RELU6:
      return {limit_on_grid(0, out), limit_on_grid(6, out)};
    case tflite::ActivationFunctionType::RELU_N1_TO_1:
      return {limit_on_grid(-1, out), limit_on_grid(1, out)};
    default:
      throw Error("fused activation {}; expected none, RELU, RELU6 or RELU_N1_TO_1",
                  tflite::EnumNameActivationFunctionType(activation));
  }
}

// Constant int8 weights with zero points of 0, and one scale or one per filter.
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
    throw Error("bias of shape {} and type {}; expected {} constant INT32 values", tensor.shape_text(),
                tflite::EnumNameTensorType(tensor.type), filters);
  }
  std::memcpy(bias.data(), tensor.data.data(), tensor.data.size());
  return bias;
}

// Sets the factors from sums to outputs. `float_product`: multiply the scales in float, as TensorFlow Lite Micro does
// for fully connected layers with a single weight scale.
template <class Op>
void set_rescaling(Op& op, const TfliteTensor& weights, double in_scale, const Int8Grid& out, bool float_product) {
  for (std::size_t o = 0; o < op.bias.size(); ++o) {
    const float weight_scale = weights.scale[weights.scale.size() == 1 ? 0 : o];
    const double product =
        float_product ? double{static_cast<float>(in_scale) * weight_scale} : in_scale * double{weight_scale};
    const double factor = product / out.scale;
    if (!std::isfinite(factor))
      throw Error("the product of the scales {} and {} is too large for the output scale", in_scale, weight_scale);
    const FixedPointFactor rescale = quantize_multiplier(factor);
    op.multiplier.push_back(rescale.multiplier);
    op.shift.push_back(rescale.shift);
  }
}

template <class Op>
void set_limits(Op& op, tflite::ActivationFunctionType activation, const Int8Grid& out) {
  const Limits limits = limits_of(activation, out);
  op.minimum = limits.minimum;
  op.maximum = limits.maximum;
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
                 Rescale rescale, fb::ConvI8T& layer) {
  const Int8Grid out = grid_of(tflite_output(file, op));
  set_limits(layer, activation, out);
  fold_constant_channels(layer, grid_of(tflite_input(file, op)), out, rescale);
}

// The weights are ordered like a kernel that covers the whole input.
fb::ConvI8T matrix_of(const TfliteFile& file, const TfliteOperator& op, const TfliteShape& in, Rescale rescale) {
  const TfliteConv conv = linear_geometry(file, op, in);
  fb::ConvI8T layer;
  set_conv(file, op, conv, weights_of(file, op, 0).scale.size() == 1, layer);
  finish_conv(file, op, op.as<tflite::FullyConnectedOptions>().fused_activation_function(), rescale, layer);
  return layer;
}

void check_probabilities(const TfliteFile& file, const TfliteOperator& op) {
  const Int8Grid out = grid_of(tflite_output(file, op));
  if (out == kProbabilityGrid) return;
  throw Error("an output of scale {} and zero point {}; expected 1/256 and -128", out.scale, out.zero_point);
}

}  // namespace

Int8Grid grid_of(const TfliteTensor& tensor) {
  if (tensor.type != tflite::TensorType::INT8) {
    throw Error("an activation of type {}; expected INT8", tflite::EnumNameTensorType(tensor.type));
  }
  if (tensor.scale.size() != 1 || tensor.scale.front() <= 0)
    throw Error("the activation has no usable scale; expected exactly one, above 0");
  return {double{tensor.scale.front()}, tensor.zero_point.front()};
}

Int8Grid end_grid_of(const TfliteTensor& tensor) {
  if (tensor.type != tflite::TensorType::UINT8) return grid_of(tensor);
  if (tensor.scale.size() != 1 || tensor.scale.front() <= 0)
    throw Error("the tensor has no usable scale; expected exactly one, above 0");
  return {double{tensor.scale.front()}, tensor.zero_point.front() - kUint8Shift};
}

void keep_grid(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteTensor &in = tflite_input(file, op), &out = tflite_output(file, op);
  if (!is_float(in) && grid_of(in) != grid_of(out))
    throw Error("the output has a different scale or zero point than the input");
}

fb::ConvI8T conv_of(const TfliteFile& file, const TfliteOperator& op, const TflitePadding& folded) {
  const TfliteConv conv = conv_geometry(file, op, folded);
  fb::ConvI8T layer;
  set_conv(file, op, conv, false, layer);
  finish_conv(file, op, conv_activation(op), rescale, layer);
  return layer;
}

fb::ConvI8T linear_of(const TfliteFile& file, const TfliteOperator& op, const TfliteShape& in) {
  return matrix_of(file, op, in, rescale);
}

fb::LinearI8OnceT linear_once_of(const TfliteFile& file, const TfliteOperator& op, const TfliteShape& row) {
  const TfliteShape out = shape_of(tflite_output(file, op));
  if (out.height * out.width != 1)
    throw Error("outputs {} rows; LiteRT's rounding is supported only for one row; use --rounding tflm",
                out.height * out.width);
  fb::ConvI8T matrix = matrix_of(file, op, row, rescale_once);
  fb::LinearI8OnceT layer;
  layer.weights = std::move(matrix.weights);
  layer.bias = std::move(matrix.bias);
  layer.multiplier = std::move(matrix.multiplier);
  layer.shift = std::move(matrix.shift);
  layer.minimum = matrix.minimum;
  layer.maximum = matrix.maximum;
  return layer;
}

double sum_scale(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteTensor& weights = weights_of(file, op, 0);
  if (weights.scale.size() != 1)
    throw Error("int32 output, but the weights have a scale for each filter; expected one scale");
  const double scale = grid_of(tflite_input(file, op)).scale * double{weights.scale.front()};
  const TfliteTensor& out = tflite_output(file, op);
  const bool as_stored = out.scale.empty() || (out.scale.size() == 1 && out.zero_point.front() == 0 &&
                                               std::abs(double{out.scale.front()} / scale - 1) < kFloatRounding);
  if (!as_stored) throw Error("the int32 output must have the scale of the sums, {}", scale);
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

fb::ConvI8T requantize_of(const Int8Grid& in, const Int8Grid& out, int channels) {
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
  const auto is_side_by_side = [](const AxisWindow& axis, int in_size, int out_size) {
    return axis.pads == AxisPads{} && axis.kernel <= in_size && out_size == in_size / axis.kernel &&
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
  // Our max-pool ignores padding; TensorFlow Lite includes the values of a PAD operator.
  if (folded != TflitePadding{} && (is_float(in) || grid_of(in).zero_point != kInt8Min)) {
    throw Error("reads padding that can be the largest value; expected INT8 with a zero point of -128");
  }
  fb::MaxPoolT layer;
  set_window(layer, pool.h, pool.w);
  return layer;
}

fb::MeanT mean_of(const TfliteFile& file, const TfliteOperator& op, const TflitePool& pool) {
  const double in_scale = grid_of(tflite_input(file, op)).scale, out_scale = grid_of(tflite_output(file, op)).scale;
  return mean_of_scales(in_scale, out_scale, pool.h.kernel, pool.w.kernel);
}

fb::AddI8T add_of(const TfliteFile& file, const TfliteOperator& op) {
  check_operands(file, op);
  const TfliteTensor &a = tflite_input(file, op, 0), &b = tflite_input(file, op, 1);
  const Int8Grid out = grid_of(tflite_output(file, op));
  fb::AddI8T layer = addition_of(grid_of(a).scale, grid_of(b).scale, out.scale);
  set_limits(layer, op.as<tflite::AddOptions>().fused_activation_function(), out);
  return layer;
}

fb::SoftmaxT softmax_of(const TfliteFile& file, const TfliteOperator& op) {
  check_probabilities(file, op);
  return softmax_of_scale(grid_of(tflite_input(file, op)).scale * double{op.as<tflite::SoftmaxOptions>().beta()});
}

fb::LogisticT logistic_of(const TfliteFile& file, const TfliteOperator& op) {
  check_probabilities(file, op);
  return logistic_of_scale(grid_of(tflite_input(file, op)).scale);
}

}  // namespace stapes
