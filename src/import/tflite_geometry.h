// SPDX-License-Identifier: Apache-2.0
// tflite_geometry.h: shapes, windows and padding of .tflite operators of any value type.
#pragma once

#include <vector>

#include "import/layers/layer_window.h"
#include "import/tflite_file.h"

namespace stapes {

struct TfliteShape {
  int height = 1, width = 1, channels = 1;
  bool operator==(const TfliteShape&) const = default;
  std::int64_t elements() const { return std::int64_t{height} * width * channels; }
};

struct TflitePadding {
  AxisPads h, w;
  bool operator==(const TflitePadding&) const = default;
};

// CONV_2D, DEPTHWISE_CONV_2D.
struct TfliteConv {
  AxisWindow h{}, w{};
  int filters = 1, groups = 1;
  int filter_axis = 0;  // of the weights: 0, or 3 for a depthwise convolution
};

// Each throws Error if the operator lacks the tensor.
const TfliteTensor& tflite_input(const TfliteFile& file, const TfliteOperator& op, std::size_t which = 0);
const TfliteTensor& tflite_output(const TfliteFile& file, const TfliteOperator& op);

bool is_float(const TfliteTensor& tensor);

// [C], [1, C], [1, W, C] or [1, H, W, C]. Throws Error for other shapes.
TfliteShape shape_of(const TfliteTensor& tensor);

// The fused activation of CONV_2D or DEPTHWISE_CONV_2D.
tflite::ActivationFunctionType conv_activation(const TfliteOperator& op);

// `folded`: padding of an earlier operator, added to the window's. Each throws Error for a window without a packed
// form.
TfliteConv conv_geometry(const TfliteFile& file, const TfliteOperator& op, const TflitePadding& folded);
struct TflitePool {
  AxisWindow h, w;
};
TflitePool pool_geometry(const TfliteFile& file, const TfliteOperator& op, const TflitePadding& folded);

// Throws Error unless the operator's output has this shape in the file.
void check_output(const TfliteFile& file, const TfliteOperator& op, const TfliteShape& shape);

// Throws Error unless an addition has two computed operands of the same shape.
void check_operands(const TfliteFile& file, const TfliteOperator& op);

// Weights filter by filter, as in the packed form.
template <class T>
std::vector<T> filters_first(std::vector<T> weights, const TfliteConv& conv) {
  if (conv.filter_axis == 0) return weights;
  const std::size_t filters = static_cast<std::size_t>(conv.filters), taps = weights.size() / filters;
  std::vector<T> result(weights.size());
  for (std::size_t o = 0; o < filters; ++o) {
    for (std::size_t tap = 0; tap < taps; ++tap) result[o * taps + tap] = weights[tap * filters + o];
  }
  return result;
}

// The window is one position if the weights have one column per input channel, otherwise the whole input.
TfliteConv linear_geometry(const TfliteFile& file, const TfliteOperator& op, const TfliteShape& in);

}  // namespace stapes
