// SPDX-License-Identifier: Apache-2.0
// tflite_views.h: operators of a .tflite file that move values or reduce whole axes: which axes they concern, and
// whether they leave the order of the values in memory as it is.
#pragma once

#include "import/tflite_geometry.h"

namespace stapes {

// What TRANSPOSE does to the values in memory: nothing, or rows x columns become columns x rows. Throws Error for
// others.
struct TfliteTransposition {
  bool is_view = true;
  int rows = 1, columns = 1;
};
TfliteTransposition transposition_of(const TfliteFile& file, const TfliteOperator& op);

// PAD and PADV2 of height and width, by the real value 0. Throws Error for others.
TflitePadding padding_of(const TfliteFile& file, const TfliteOperator& op);

// MEAN over height, width or both, as a pool. Throws Error for other axes.
TflitePool mean_geometry(const TfliteFile& file, const TfliteOperator& op);

// Throws Error unless the operator gives all values of its first input in their order: RESHAPE, SQUEEZE, EXPAND_DIMS;
// STRIDED_SLICE that starts at 0 with strides of 1 and leaves nothing out; CONCATENATION of a single operand.
void check_view(const TfliteFile& file, const TfliteOperator& op);

}  // namespace stapes
