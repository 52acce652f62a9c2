// SPDX-License-Identifier: Apache-2.0
// onnx_export.h: a packed model as an .onnx file, in float or in 8 bits with QuantizeLinear and DequantizeLinear (QDQ).
#pragma once

#include <string>

#include "packed/model_generated.h"

namespace stapes {

// The bytes of the file: opset 17, channels first, a batch of 1. Importing it again with import_onnx() yields
// bit-identical results. If float scales cannot express the model's factors, the file also stores the factors
// (onnx_factors.h). Throws Error naming every layer that ONNX cannot express.
std::string export_onnx(const packed::fb::Model& model);

}  // namespace stapes
