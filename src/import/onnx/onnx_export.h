// SPDX-License-Identifier: Apache-2.0
// onnx_export.h: a packed model as an .onnx file, in float or in 8 bits (QDQ).
#pragma once

#include <string>

#include "packed/model_generated.h"

namespace stapes {

// The file's bytes: opset 17, channels first, a batch of 1. import_onnx() restores bit-identical results: factors that
// float scales cannot express are also stored (onnx_factors.h). Throws Error naming every layer that ONNX cannot
// express.
std::string export_onnx(const packed::fb::Model& model);

}  // namespace stapes
