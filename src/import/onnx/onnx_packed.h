// SPDX-License-Identifier: Apache-2.0
// onnx_packed.h: the layers of a quantized .onnx file (QDQ) as an 8-bit packed model.
#pragma once

#include "import/onnx/onnx_import.h"
#include "packed/model_generated.h"

namespace stapes {

// The model takes features; its labels and provenance are empty. Computes by the rules of TensorFlow Lite, as all 8-bit
// models here, with the file's scales. Throws Error naming every node without a packed form.
packed::fb::ModelT packed_model_of(const OnnxImport& imported);

}  // namespace stapes
