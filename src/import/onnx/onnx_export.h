// SPDX-License-Identifier: Apache-2.0
// onnx_export.h: a packed model as an .onnx file: in float, or 8 bits with QuantizeLinear and DequantizeLinear (QDQ).
#pragma once

#include <string>

#include "packed/model_generated.h"

namespace stapes {

// The bytes of the file: opset 17, channels first, a batch of 1. Reimporting it with import_onnx() gives the same
// results bit for bit: if the scales of the file do not yield the factors of the model, it also holds those
// (onnx_factors.h). Throws Error naming every layer that ONNX cannot express.
std::string export_onnx(const packed::fb::Model& model);

}  // namespace stapes
