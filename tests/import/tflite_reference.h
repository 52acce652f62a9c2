// SPDX-License-Identifier: Apache-2.0
// tflite_reference.h: runs a .tflite file as TensorFlow Lite specifies. Slow. Shares no code with the importer, the
// packed models or the kernels.
#pragma once

#include <map>
#include <vector>

#include "import/tflite_import.h"

namespace stapes::test {

// Quantized integers, or real numbers.
using Values = std::vector<double>;

// Returns the outputs of all operators, by tensor. `input`: the model's input.
std::map<int, Values> run_reference(const TfliteFile& file, const Values& input,
                                    TfliteRounding rounding = TfliteRounding::kTflm);

}  // namespace stapes::test
