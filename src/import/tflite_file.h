// SPDX-License-Identifier: Apache-2.0
// tflite_file.h: a .tflite file with every index, size and buffer checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "import/tflite_generated.h"

namespace stapes {

// A tensor of the first subgraph.
struct TfliteTensor {
  std::string name;
  tflite::TensorType type = tflite::TensorType::FLOAT32;
  std::vector<int> shape;       // all >= 1, product at most 2^27
  std::vector<float> scale;     // none, one, or one per slice of `quantized_axis`; finite and at least 0
  std::vector<int> zero_point;  // one per scale
  int quantized_axis = 0;
  std::span<const std::byte> data;  // the content of a constant; empty for activations

  bool is_constant() const { return !data.empty(); }
  std::int64_t elements() const;
  std::string shape_text() const;  // "1x49x10x1"
};

struct TfliteOperator {
  tflite::BuiltinOperator code = tflite::BuiltinOperator::CUSTOM;
  std::string name;          // "CONV_2D", or the name of a custom operator
  std::vector<int> inputs;   // tensors; -1: omitted
  std::vector<int> outputs;  // tensors
  const tflite::Operator* options = nullptr;

  // Throws Error unless the options have this type.
  template <class Options>
  const Options& as() const {
    const Options* const found = options->builtin_options_as<Options>();
    if (found == nullptr) missing_options();
    return *found;
  }

 private:
  [[noreturn]] void missing_options() const;
};

// Throws Error naming the file and the fault: an unreadable or truncated file, another format or version, several
// subgraphs, or contradictory sizes.
class TfliteFile {
 public:
  explicit TfliteFile(const std::filesystem::path& path);
  TfliteFile(std::vector<std::byte> bytes, const std::string& name);

  const std::vector<TfliteTensor>& tensors() const { return tensors_; }
  const TfliteTensor& tensor(int index) const { return tensors_.at(static_cast<std::size_t>(index)); }
  const std::vector<TfliteOperator>& operators() const { return operators_; }  // in execution order
  const std::vector<int>& inputs() const { return inputs_; }
  const std::vector<int>& outputs() const { return outputs_; }

 private:
  void read(const std::string& name);
  void read_tensor(const tflite::Model& model, const tflite::Tensor& from);
  void read_operator(const tflite::Model& model, const tflite::Operator& from);
  std::vector<int> tensor_list(const flatbuffers::Vector<std::int32_t>* from, bool may_be_absent) const;
  std::span<const std::byte> buffer(const tflite::Model& model, std::uint32_t index) const;

  std::vector<std::byte> bytes_;
  std::vector<TfliteTensor> tensors_;
  std::vector<TfliteOperator> operators_;
  std::vector<int> inputs_, outputs_;
  std::size_t scales_ = 0;  // of all tensors
};

}  // namespace stapes
