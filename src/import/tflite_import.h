// SPDX-License-Identifier: Apache-2.0
// tflite_import.h: converts int8 and float32 TensorFlow Lite models to packed models. Int8 results match the reference
// kernels of TensorFlow Lite Micro or LiteRT bit for bit (docs/guides/importing.md).
#pragma once

#include <string>
#include <vector>

#include "base/names.h"
#include "import/tflite_file.h"
#include "packed/model_generated.h"

namespace stapes {

// Rescaling of fully connected layers: TensorFlow Lite Micro rounds twice, LiteRT once.
enum class TfliteRounding { kTflm, kLitert };

template <>
inline constexpr auto kNames<TfliteRounding> =
    std::to_array<Named<TfliteRounding>>({{TfliteRounding::kTflm, "tflm"}, {TfliteRounding::kLitert, "litert"}});

struct TfliteImport {
  packed::fb::ModelT model;  // takes features; labels and provenance are empty
  int classes = 0;           // values of its output
  // uint8 in the file; the model has the same values minus 128, as int8.
  bool uint8_input = false, uint8_output = false;
  // The operator's number for each layer.
  std::vector<int> operators;
};

// Throws Error naming every operator without a packed form, with its number and shapes.
TfliteImport import_tflite(const TfliteFile& file, TfliteRounding rounding = TfliteRounding::kTflm);

}  // namespace stapes
