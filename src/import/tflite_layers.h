// SPDX-License-Identifier: Apache-2.0
// tflite_layers.h: converts int8 operators of .tflite files to the packed form.
#pragma once

#include "import/layers/int8_layers.h"
#include "import/tflite_geometry.h"

namespace stapes {

// Throws Error unless the activation is int8 with one scale above 0.
Int8Grid grid_of(const TfliteTensor& tensor);

// For the model's input or output, which may also be uint8. The grid then holds the values minus 128.
Int8Grid end_grid_of(const TfliteTensor& tensor);

// Throws Error if an int8 output is not on the grid of its input.
void keep_grid(const TfliteFile& file, const TfliteOperator& op);

// Each throws Error naming the part without a packed form. `in`: the shape that the layer reads.
packed::fb::ConvI8T conv_of(const TfliteFile& file, const TfliteOperator& op,
                            const TflitePadding& folded);  // CONV_2D, DEPTHWISE_CONV_2D
packed::fb::ConvI8T linear_of(const TfliteFile& file, const TfliteOperator& op,
                              const TfliteShape& in);  // FULLY_CONNECTED
packed::fb::AveragePoolT average_pool_of(const TfliteFile& file, const TfliteOperator& op);
packed::fb::MaxPoolT max_pool_of(const TfliteFile& file, const TfliteOperator& op, const TflitePadding& folded);
packed::fb::MeanT mean_of(const TfliteFile& file, const TfliteOperator& op, const TflitePool& pool);
packed::fb::AddI8T add_of(const TfliteFile& file, const TfliteOperator& op);
packed::fb::SoftmaxT softmax_of(const TfliteFile& file, const TfliteOperator& op);
packed::fb::LogisticT logistic_of(const TfliteFile& file, const TfliteOperator& op);

// FULLY_CONNECTED of the whole input, rescaled as LiteRT does.
packed::fb::LinearI8OnceT linear_once_of(const TfliteFile& file, const TfliteOperator& op, const TfliteShape& row);

// FULLY_CONNECTED with int32 output: the unscaled sums. If the output has a scale, it must be sum_scale().
packed::fb::LinearI8T sums_of(const TfliteFile& file, const TfliteOperator& op);
double sum_scale(const TfliteFile& file, const TfliteOperator& op);

// QUANTIZE from one grid to another, as a depthwise 1 x 1 convolution with weights of 1.
packed::fb::ConvI8T requantize_of(const Int8Grid& in, const Int8Grid& out, int channels);

}  // namespace stapes
