// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_float_layers.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"

namespace stapes {
namespace {
namespace fb = packed::fb;

std::vector<float> float_values(const TfliteTensor& tensor, const char* what) {
  if (!is_float(tensor) || !tensor.is_constant()) {
    throw Error("{}{} of type {} for a float input; expected constant FLOAT32",
                tensor.is_constant() ? "" : "non-constant ", what, tflite::EnumNameTensorType(tensor.type));
  }
  std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
  std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  if (std::ranges::any_of(values, [](float v) { return !std::isfinite(v); })) {
    throw Error("the {} are not all finite", what);
  }
  return values;
}

std::vector<float> bias_of(const TfliteFile& file, const TfliteOperator& op, int filters) {
  if (op.inputs.size() < 3 || op.inputs[2] < 0) return std::vector<float>(static_cast<std::size_t>(filters));
  std::vector<float> bias = float_values(tflite_input(file, op, 2), "biases");
  if (bias.size() == static_cast<std::size_t>(filters)) return bias;
  throw Error("the number of biases, {}, differs from the number of filters, {}", bias.size(), filters);
}

template <class Op>
void set_activation(Op& layer, tflite::ActivationFunctionType activation) {
  using Activation = tflite::ActivationFunctionType;
  if (activation != Activation::NONE && activation != Activation::RELU && activation != Activation::RELU6) {
    throw Error("fused activation {} of a float operator; expected none, RELU or RELU6",
                tflite::EnumNameActivationFunctionType(activation));
  }
  layer.relu = activation != Activation::NONE;
  layer.relu6 = activation == Activation::RELU6;
}

fb::ConvF32T layer_of(const TfliteFile& file, const TfliteOperator& op, const TfliteConv& conv) {
  fb::ConvF32T layer;
  set_window(layer, conv.h, conv.w);
  layer.groups = conv.groups;
  layer.weights = filters_first(float_values(tflite_input(file, op, 1), "weights"), conv);
  layer.bias = bias_of(file, op, conv.filters);
  return layer;
}

}  // namespace

fb::ConvF32T conv_f32_of(const TfliteFile& file, const TfliteOperator& op, const TflitePadding& folded) {
  fb::ConvF32T layer = layer_of(file, op, conv_geometry(file, op, folded));
  set_activation(layer, conv_activation(op));
  return layer;
}

fb::ConvF32T linear_f32_of(const TfliteFile& file, const TfliteOperator& op, const TfliteShape& in) {
  fb::ConvF32T layer = layer_of(file, op, linear_geometry(file, op, in));
  set_activation(layer, op.as<tflite::FullyConnectedOptions>().fused_activation_function());
  return layer;
}

fb::AddF32T add_f32_of(const TfliteFile& file, const TfliteOperator& op) {
  check_operands(file, op);
  fb::AddF32T layer;
  set_activation(layer, op.as<tflite::AddOptions>().fused_activation_function());
  return layer;
}

fb::AveragePoolT mean_f32_of(const TflitePool& pool) {
  fb::AveragePoolT layer;
  layer.pool_h = pool.h.kernel;
  layer.pool_w = pool.w.kernel;
  return layer;
}

fb::SoftmaxT softmax_f32_of(const TfliteOperator& op) {
  const float beta = op.as<tflite::SoftmaxOptions>().beta();
  if (beta != 1) throw Error("a float softmax with beta {}; expected 1", beta);
  return {};
}

}  // namespace stapes
