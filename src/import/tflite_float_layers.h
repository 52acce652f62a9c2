// SPDX-License-Identifier: Apache-2.0
// tflite_float_layers.h: converts float32 operators of .tflite files to the packed form. Pools are in tflite_layers.h.
#pragma once

#include "import/tflite_geometry.h"

namespace stapes {

// Each throws Error naming the part without a packed form. `in`: the shape that the layer reads.
packed::fb::ConvF32T conv_f32_of(const TfliteFile& file, const TfliteOperator& op,
                                 const TflitePadding& folded);  // CONV_2D, DEPTHWISE_CONV_2D
packed::fb::ConvF32T linear_f32_of(const TfliteFile& file, const TfliteOperator& op,
                                   const TfliteShape& in);  // FULLY_CONNECTED
packed::fb::AddF32T add_f32_of(const TfliteFile& file, const TfliteOperator& op);
packed::fb::AveragePoolT mean_f32_of(const TflitePool& pool);
packed::fb::SoftmaxT softmax_f32_of(const TfliteOperator& op);

}  // namespace stapes
