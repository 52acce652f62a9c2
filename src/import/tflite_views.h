// SPDX-License-Identifier: Apache-2.0
// tflite_views.h: .tflite operators that move values or reduce whole axes.
#pragma once

#include "import/tflite_geometry.h"

namespace stapes {

// The effect of a TRANSPOSE on memory: none, or rows x columns become columns x rows. Throws Error for any other.
struct TfliteTransposition {
  bool is_view = true;
  int rows = 1, columns = 1;
};
TfliteTransposition transposition_of(const TfliteFile& file, const TfliteOperator& op);

// The padding of PAD or PADV2. Throws Error unless only height and width are padded, with the real value 0.
TflitePadding padding_of(const TfliteFile& file, const TfliteOperator& op);

// MEAN over height, width or both, as a pool. Throws Error for other axes.
TflitePool mean_geometry(const TfliteFile& file, const TfliteOperator& op);

// Throws Error unless the operator outputs all values of its first input in order. Accepts RESHAPE, SQUEEZE,
// EXPAND_DIMS, STRIDED_SLICE of everything with strides of 1, and CONCATENATION of a single operand.
void check_view(const TfliteFile& file, const TfliteOperator& op);

}  // namespace stapes
