// SPDX-License-Identifier: Apache-2.0
// tflite_reference.h: runs a .tflite file by the TensorFlow Lite specification, operator by operator, as a reference
// for imports. Slow, and shares no code with the importer, the packed form or the kernels.
#pragma once

#include <map>
#include <vector>

#include "import/tflite_import.h"

namespace stapes::test {

// The values of a tensor: quantized integers, or real numbers.
using Values = std::vector<double>;

// Returns the outputs of all operators, by tensor. `input`: the values of the model's input.
std::map<int, Values> run_reference(const TfliteFile& file, const Values& input,
                                    TfliteRounding rounding = TfliteRounding::kTflm);

}  // namespace stapes::test
