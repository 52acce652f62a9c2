// SPDX-License-Identifier: Apache-2.0
// onnx_packed.h: the layers of a quantized .onnx file (QDQ) as an 8-bit packed model.
#pragma once

#include "import/onnx/onnx_import.h"
#include "packed/model_generated.h"

namespace stapes {

// The model takes features and follows the rules of TensorFlow Lite with the file's scales. Labels and provenance are
// empty. Throws Error naming every node without a packed form.
packed::fb::ModelT packed_model_of(const OnnxImport& imported);

}  // namespace stapes
