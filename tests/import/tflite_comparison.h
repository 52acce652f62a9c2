// SPDX-License-Identifier: Apache-2.0
// tflite_comparison.h: compares imported models on every instruction set of this machine with tflite_reference.h.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "import/tflite_builder.h"
#include "import/tflite_reference.h"
#include "packed/model_file.h"
#include "runtime/host_isa.h"

namespace stapes::test {

template <class T>
Values values_of(const std::vector<std::byte>& bytes) {
  std::vector<T> raw(bytes.size() / sizeof(T));
  std::memcpy(raw.data(), bytes.data(), bytes.size());
  return {raw.begin(), raw.end()};
}

// With made-up labels.
std::shared_ptr<const ModelFile> imported_model(const TfliteFile& file,
                                                TfliteRounding rounding = TfliteRounding::kTflm);

// The imported model's outputs. Input and output have the types of the file: int8, uint8 or float32.
Values imported_output(const TfliteFile& file, Isa isa, const Values& input,
                       TfliteRounding rounding = TfliteRounding::kTflm);

// The message of the Error that the import throws, or "".
std::string refusal_of(const TfliteBuilder& b, int input, int output, TfliteRounding rounding = TfliteRounding::kTflm);

// For example "ConvI8", "Reshape".
std::vector<std::string> operators_of(const TfliteFile& file, TfliteRounding rounding = TfliteRounding::kTflm);

// `most`: the allowed difference of integers. The reference computes exponentials in double.
void expect_integers_of_reference(const TfliteFile& file, int most = 0,
                                  TfliteRounding rounding = TfliteRounding::kTflm);
void expect_floats_of_reference(const TfliteFile& file);

// A 6 x 5 x 2 input and a convolution to 4 channels.
struct ConvModel : TfliteBuilder {
  int in = int8({1, 6, 5, 2}, 0.02f, 3);
  int w = weights({4, 3, 3, 2}, {0.01f, 0.02f, 0.015f, 0.012f}), b = bias(4);
};

}  // namespace stapes::test
