// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_geometry.h"

#include <algorithm>

#include "base/error.h"
#include "packed/limits.h"
#include "packed/shapes.h"

namespace stapes {
namespace {

AxisPads pads_of(tflite::Padding padding, int in, int kernel, int stride) {
  if (padding == tflite::Padding::VALID) return {};
  if (padding != tflite::Padding::SAME) throw Error("padding {}; expected SAME or VALID", static_cast<int>(padding));
  return same_pads(in, kernel, stride);
}

// `in` includes the folded padding.
AxisWindow axis_of(tflite::Padding padding, int in, int kernel, int stride, const AxisPads& folded) {
  AxisPads pads = pads_of(padding, in, kernel, stride);
  pads.before += folded.before;
  pads.after += folded.after;
  if (folded != AxisPads{} && (pads.before >= kernel || pads.after >= kernel)) {
    throw Error("padding of {} and {} for a window of {}; padding must be smaller than the window", pads.before,
                pads.after, kernel);
  }
  return {kernel, stride, pads};
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

template <class Options>
void set_axes(const Options& options, const TfliteShape& in, int kernel_h, int kernel_w, const TflitePadding& folded,
              AxisWindow& h, AxisWindow& w) {
  check_stride(options.stride_h(), options.stride_w());
  h = axis_of(options.padding(), in.height, kernel_h, options.stride_h(), folded.h);
  w = axis_of(options.padding(), in.width, kernel_w, options.stride_w(), folded.w);
}

// `in` and `axis` include the folded padding.
int size_after(const AxisWindow& axis, int in, const AxisPads& folded) {
  return conv_output(in - folded.before - folded.after, axis.kernel, axis.stride, axis.pads.before, axis.pads.after);
}

TfliteShape shape_after(const AxisWindow& h, const AxisWindow& w, const TfliteShape& in, const TflitePadding& folded,
                        int channels) {
  return {size_after(h, in.height, folded.h), size_after(w, in.width, folded.w), channels};
}

TfliteConv depthwise_geometry(const TfliteOperator& op, const TfliteShape& in, const TfliteTensor& weights,
                              const TflitePadding& folded) {
  const auto& options = op.as<tflite::DepthwiseConv2DOptions>();
  refuse_dilation(options);
  const int filters = weights.shape[3];  // of [1][kernel_h][kernel_w][filters]
  if (weights.shape[0] != 1 || filters % in.channels != 0) {
    throw Error("weights {} do not fit the number of input channels, {}", weights.shape_text(), in.channels);
  }
  if (options.depth_multiplier() != 0 && options.depth_multiplier() != filters / in.channels) {
    throw Error("depth multiplier {}; the weights have {}", options.depth_multiplier(), filters / in.channels);
  }
  TfliteConv conv{.filters = filters, .groups = in.channels, .filter_axis = 3};
  set_axes(options, in, weights.shape[1], weights.shape[2], folded, conv.h, conv.w);
  return conv;
}

TfliteConv full_geometry(const TfliteOperator& op, const TfliteShape& in, const TfliteTensor& weights,
                         const TflitePadding& folded) {
  const auto& options = op.as<tflite::Conv2DOptions>();
  refuse_dilation(options);
  if (in.channels % weights.shape[3] != 0) {
    throw Error("weights {} do not fit the number of input channels, {}", weights.shape_text(), in.channels);
  }
  TfliteConv conv{.filters = weights.shape[0], .groups = in.channels / weights.shape[3]};
  set_axes(options, in, weights.shape[1], weights.shape[2], folded, conv.h, conv.w);
  return conv;
}

}  // namespace

const TfliteTensor& tflite_input(const TfliteFile& file, const TfliteOperator& op, std::size_t which) {
  if (op.inputs.size() <= which || op.inputs[which] < 0) throw Error("input {} (counting from 0) is missing", which);
  return file.tensor(op.inputs[which]);
}

const TfliteTensor& tflite_output(const TfliteFile& file, const TfliteOperator& op) {
  if (op.outputs.size() != 1) throw Error("{} outputs; expected one", op.outputs.size());
  return file.tensor(op.outputs.front());
}

bool is_float(const TfliteTensor& tensor) { return tensor.type == tflite::TensorType::FLOAT32; }

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
      throw Error("the tensor's shape is {}; expected 1 to 4 dimensions", tensor.shape_text());
  }
}

tflite::ActivationFunctionType conv_activation(const TfliteOperator& op) {
  return op.code == tflite::BuiltinOperator::DEPTHWISE_CONV_2D
             ? op.as<tflite::DepthwiseConv2DOptions>().fused_activation_function()
             : op.as<tflite::Conv2DOptions>().fused_activation_function();
}

TfliteConv conv_geometry(const TfliteFile& file, const TfliteOperator& op, const TflitePadding& folded) {
  const TfliteTensor& weights = tflite_input(file, op, 1);
  if (weights.shape.size() != 4) throw Error("weights {}; expected 4 dimensions", weights.shape_text());
  const TfliteShape in = shape_of(tflite_input(file, op));
  const TfliteConv conv = op.code == tflite::BuiltinOperator::DEPTHWISE_CONV_2D
                              ? depthwise_geometry(op, in, weights, folded)
                              : full_geometry(op, in, weights, folded);
  check_output(file, op, shape_after(conv.h, conv.w, in, folded, conv.filters));
  return conv;
}

TflitePool pool_geometry(const TfliteFile& file, const TfliteOperator& op, const TflitePadding& folded) {
  const TfliteShape in = shape_of(tflite_input(file, op));
  const auto& options = op.as<tflite::Pool2DOptions>();
  const int h = options.filter_height(), w = options.filter_width();
  if (options.fused_activation_function() != tflite::ActivationFunctionType::NONE) {
    throw Error("a fused activation; expected none");
  }
  if (h < 1 || w < 1 || h > in.height * 2 || w > in.width * 2) throw Error("unsupported filter size {}x{}", h, w);
  TflitePool pool;
  set_axes(options, in, h, w, folded, pool.h, pool.w);
  check_output(file, op, shape_after(pool.h, pool.w, in, folded, in.channels));
  return pool;
}

void check_output(const TfliteFile& file, const TfliteOperator& op, const TfliteShape& shape) {
  const TfliteTensor& out = tflite_output(file, op);
  if (shape_of(out) == shape) return;
  throw Error("outputs {}, but its shapes and options require {}x{}x{}", out.shape_text(), shape.height, shape.width,
              shape.channels);
}

void check_operands(const TfliteFile& file, const TfliteOperator& op) {
  if (op.inputs.size() != 2) throw Error("{} operands; expected two", op.inputs.size());
  const TfliteTensor &a = tflite_input(file, op, 0), &b = tflite_input(file, op, 1);
  if (a.is_constant() || b.is_constant()) throw Error("a constant operand; expected two activations");
  if (shape_of(a) != shape_of(b)) {
    throw Error("operands {} and {}; expected equal shapes", a.shape_text(), b.shape_text());
  }
  check_output(file, op, shape_of(a));
}

TfliteConv linear_geometry(const TfliteFile& file, const TfliteOperator& op, const TfliteShape& in) {
  const auto& options = op.as<tflite::FullyConnectedOptions>();
  if (options.weights_format() != tflite::FullyConnectedOptionsWeightsFormat::DEFAULT) {
    throw Error("shuffled weights; expected the default format");
  }
  const TfliteTensor& weights = tflite_input(file, op, 1);
  if (weights.shape.size() != 2) throw Error("weights {}; expected 2 dimensions", weights.shape_text());
  TfliteConv conv{.filters = weights.shape[0]};
  if (weights.shape[1] == in.elements()) {
    conv.h.kernel = in.height;
    conv.w.kernel = in.width;
  } else if (weights.shape[1] != in.channels) {
    throw Error("weights {} do not fit an input of {} values", weights.shape_text(), in.elements());
  }
  const TfliteShape out = shape_of(tflite_output(file, op));
  const std::int64_t rows = in.elements() / weights.shape[1];
  if (out.channels != conv.filters || std::int64_t{out.height} * out.width != rows) {
    throw Error("outputs {}, but its weights require {}x{}", tflite_output(file, op).shape_text(), rows, conv.filters);
  }
  return conv;
}

}  // namespace stapes
