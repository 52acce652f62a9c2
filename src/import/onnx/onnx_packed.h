// SPDX-License-Identifier: Apache-2.0
// onnx_packed.h: the layers of a quantized .onnx file (QDQ) as an 8-bit packed model.
#pragma once

#include "import/onnx/onnx_import.h"
#include "packed/model_generated.h"

namespace stapes {

// The model takes features; its labels and provenance are left empty. Results follow the rules of TensorFlow Lite, as
// in all 8-bit models here, with the scales of the file. Throws Error naming every node that has no packed form.
packed::fb::ModelT packed_model_of(const OnnxImport& imported);

}  // namespace stapes
