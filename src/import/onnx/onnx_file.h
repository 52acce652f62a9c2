// SPDX-License-Identifier: Apache-2.0
// onnx_file.h: an .onnx file as plain data. Sizes and offsets are checked; the graph is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace stapes {

enum class OnnxType { kFloat, kInt8, kUint8, kInt32, kInt64, kBool, kOther };

// A constant, row-major. Floats are in `reals`, all other types in `integers`.
struct OnnxTensor {
  OnnxType type = OnnxType::kFloat;
  std::vector<std::int64_t> shape;
  std::vector<float> reals;
  std::vector<std::int64_t> integers;
  // Of a quantized tensor (real = scale * integer): a single scale, or one for each index of dimension `axis`.
  std::vector<float> scales = {};
  std::size_t axis = 0;

  bool is_real() const { return type == OnnxType::kFloat; }
  bool is_quantized() const { return !scales.empty(); }
  std::int64_t elements() const;
};

std::string shape_text(const std::vector<std::int64_t>& shape);  // "1x16x49x10", "scalar"

struct OnnxAttribute {
  std::int64_t i = 0;
  float f = 0;
  std::string s;
  std::vector<std::int64_t> ints;
  std::vector<float> floats;
  std::optional<OnnxTensor> tensor;
};

struct OnnxNode {
  std::string name;                          // from the file, otherwise operator and number
  std::string op;                            // "Conv"
  std::string domain;                        // empty: ONNX itself
  std::vector<std::string> inputs, outputs;  // "": omitted
  std::map<std::string, OnnxAttribute> attributes;
  bool has_graphs = false;  // control flow

  bool has(const std::string& name) const { return attributes.contains(name); }
  std::int64_t int_or(const std::string& name, std::int64_t otherwise) const;
  float float_or(const std::string& name, float otherwise) const;
  std::string text_or(const std::string& name, const std::string& otherwise) const;
  std::vector<std::int64_t> ints_or(const std::string& name, std::vector<std::int64_t> otherwise) const;
  // Empty if there are fewer inputs.
  const std::string& input(std::size_t index) const;
};

struct OnnxInput {
  std::string name;
  OnnxType type = OnnxType::kFloat;
  struct Dim {
    std::int64_t size = 0;  // 0: unknown until the model runs
    std::string symbol;     // the name of an unknown size
  };
  std::vector<Dim> shape;
};

struct OnnxGraph {
  std::int64_t opset = 0;  // of ONNX's own operators
  std::vector<OnnxNode> nodes;
  std::map<std::string, OnnxTensor> constants;
  std::vector<OnnxInput> inputs;  // without constants
  std::vector<std::string> outputs;
  std::map<std::string, std::string> metadata;
};

// Throws Error naming the file and the fault: an unreadable or truncated file, another format, an unknown opset, data
// that do not match their shape, or constants in another folder.
OnnxGraph read_onnx(const std::filesystem::path& path);
// Reads separate files of constants from `folder`; refuses them if `folder` is empty.
OnnxGraph read_onnx(std::span<const std::byte> bytes, const std::string& name, const std::filesystem::path& folder);

}  // namespace stapes
