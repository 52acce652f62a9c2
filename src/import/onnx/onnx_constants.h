// SPDX-License-Identifier: Apache-2.0
// onnx_constants.h: computes nodes with constant inputs, mostly shape arithmetic, during import.
#pragma once

#include <vector>

#include "import/onnx/onnx_file.h"

namespace stapes {

// Whether constant_of() knows the operator.
bool folds(const OnnxNode& node);

// The output of `node`. An omitted input is null. Throws Error if the node is unsupported.
OnnxTensor constant_of(const OnnxNode& node, const std::vector<const OnnxTensor*>& inputs, std::int64_t opset);

OnnxTensor list_tensor(std::vector<std::int64_t> values);

}  // namespace stapes
