// SPDX-License-Identifier: Apache-2.0
// tflite_layers.h: one operator of a .tflite file as an operator of the packed form.
#pragma once

#include <string>

#include "import/tflite_file.h"
#include "packed/model_generated.h"

namespace stapes {

// Height, width and channels of an activation.
struct TfliteShape {
  int height = 1, width = 1, channels = 1;
  bool operator==(const TfliteShape&) const = default;
};

// [C], [1, C], [1, W, C] or [1, H, W, C]. Throws Error for others.
TfliteShape shape_of(const TfliteTensor& tensor);

// Grids of activations. Throws Error unless the tensor is int8 with one scale above 0.
struct TfliteGrid {
  double scale = 1;
  int zero_point = 0;
};
TfliteGrid grid_of(const TfliteTensor& tensor);

// Each throws Error naming what has no packed form. `in`: the shape that the layer reads.
packed::fb::ConvI8T conv_of(const TfliteFile& file, const TfliteOperator& op);       // CONV_2D
packed::fb::ConvI8T depthwise_of(const TfliteFile& file, const TfliteOperator& op);  // DEPTHWISE_CONV_2D
packed::fb::ConvI8T linear_of(const TfliteFile& file, const TfliteOperator& op,
                              const TfliteShape& in);  // FULLY_CONNECTED
packed::fb::AveragePoolT average_pool_of(const TfliteFile& file, const TfliteOperator& op);
packed::fb::MaxPoolT max_pool_of(const TfliteFile& file, const TfliteOperator& op);
packed::fb::AddI8T add_of(const TfliteFile& file, const TfliteOperator& op);
packed::fb::SoftmaxT softmax_of(const TfliteFile& file, const TfliteOperator& op);
packed::fb::LogisticT logistic_of(const TfliteFile& file, const TfliteOperator& op);

}  // namespace stapes
