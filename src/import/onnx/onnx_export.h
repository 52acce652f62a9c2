// SPDX-License-Identifier: Apache-2.0
// onnx_export.h: a packed model as an .onnx file: in float, or 8 bits with QuantizeLinear and DequantizeLinear (QDQ).
#pragma once

#include <string>

#include "packed/model_generated.h"

namespace stapes {

// The bytes of the file: opset 17, channels first, a batch of 1. What import_onnx() makes of it gives the same bits:
// where the scales of the file do not give the factors of the model, it holds them as well (onnx_factors.h).
// Throws Error naming every layer that has no form there.
std::string export_onnx(const packed::fb::Model& model);

}  // namespace stapes
