// SPDX-License-Identifier: Apache-2.0
// tflite_json.h: small .tflite files, written as JSON and compiled by flatc with the schema of the source tree.
#pragma once

#include <fmt/format.h>

#include <cstring>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "import/tflite_file.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace stapes::test {

// Throws Error if flatc rejects the JSON.
inline std::vector<std::byte> tflite_bytes(const std::string& json) {
  const TempDir dir;
  write_text_file(dir / "model.json", json, Existing::kRefuse);
  const auto schema = tests_dir().parent_path() / "src/import/tflite.fbs";
  const ProgramEnd end =
      run_to_end({"flatc", "--binary", "-o", (dir / "out").string(), schema.string(), (dir / "model.json").string()},
                 "install flatbuffers-compiler", std::chrono::seconds(60));
  if (end.status != 0) throw Error("flatc: {}", end.output);
  return read_file(dir / "out/model.tflite");
}
inline TfliteFile tflite_of(const std::string& json) { return TfliteFile(tflite_bytes(json), "small.tflite"); }

struct SmallTflite {
  int last_bias = 7;         // bias of the convolution's last filter
  float last_scale = 0.01f;  // scale of its weights
};

// 6 x 5 x 2 values -> convolution "same" -> depthwise -> sum with the convolution -> max-pool -> reshape -> fully
// connected -> softmax over 3 classes.
inline std::string small_tflite(const SmallTflite& options = {}) {
  const auto list = [](int count, auto value_at) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i > 0 ? "," : "") + std::to_string(value_at(i));
    return "[" + text + "]";
  };
  const auto ints = [&](const std::vector<int>& values) {
    std::string bytes;
    for (const int v : values) {
      std::uint8_t raw[4];
      std::memcpy(raw, &v, 4);
      for (const std::uint8_t b : raw) bytes += (bytes.empty() ? "" : ",") + std::to_string(b);
    }
    return "[" + bytes + "]";
  };
  const auto weights = [&](int count) { return list(count, [](int i) { return (i * 37 + 11) % 256; }); };
  const auto tensor = [](const std::string& name, const std::string& shape, const char* type, int buffer,
                         const std::string& scale, const std::string& zero, int axis = 0) {
    return "{\"name\": \"" + name + "\", \"shape\": " + shape + ", \"type\": \"" + type +
           "\", \"buffer\": " + std::to_string(buffer) + ", \"quantization\": {\"scale\": " + scale +
           ", \"zero_point\": " + zero + ", \"quantized_dimension\": " + std::to_string(axis) + "}}";
  };
  const std::string last_scale = fmt::format("{}", options.last_scale);
  const std::string conv_scales = "[0.01, 0.02, 0.03, " + last_scale + "]", zeros = "[0, 0, 0, 0]";
  std::string text = R"({"version": 3, "operator_codes": [
  {"deprecated_builtin_code": 3, "builtin_code": "CONV_2D"},
  {"deprecated_builtin_code": 4, "builtin_code": "DEPTHWISE_CONV_2D"},
  {"deprecated_builtin_code": 0, "builtin_code": "ADD"},
  {"deprecated_builtin_code": 0, "builtin_code": "MAX_POOL_2D"},
  {"deprecated_builtin_code": 22, "builtin_code": "RESHAPE"},
  {"deprecated_builtin_code": 9, "builtin_code": "FULLY_CONNECTED"},
  {"deprecated_builtin_code": 0, "builtin_code": "SOFTMAX"}],
 "subgraphs": [{"inputs": [0], "outputs": [13], "tensors": [)";
  text += tensor("input", "[1,6,5,2]", "INT8", 0, "[0.02]", "[3]") + ",";                        // 0
  text += tensor("conv_w", "[4,3,2,2]", "INT8", 1, conv_scales, zeros) + ",";                    // 1
  text += tensor("conv_b", "[4]", "INT32", 2, "[]", "[]") + ",";                                 // 2
  text += tensor("conv", "[1,6,5,4]", "INT8", 0, "[0.05]", "[-128]") + ",";                      // 3
  text += tensor("deep_w", "[1,3,3,4]", "INT8", 3, "[0.01, 0.01, 0.02, 0.02]", zeros, 3) + ",";  // 4
  text += tensor("deep_b", "[4]", "INT32", 4, "[]", "[]") + ",";                                 // 5
  text += tensor("deep", "[1,6,5,4]", "INT8", 0, "[0.1]", "[0]") + ",";                          // 6
  text += tensor("sum", "[1,6,5,4]", "INT8", 0, "[0.12]", "[-5]") + ",";                         // 7
  text += tensor("pool", "[1,3,2,4]", "INT8", 0, "[0.12]", "[-5]") + ",";                        // 8
  text += tensor("flat", "[1,24]", "INT8", 0, "[0.12]", "[-5]") + ",";                           // 9
  text += tensor("linear_w", "[3,24]", "INT8", 5, "[0.01]", "[0]") + ",";                        // 10
  text += tensor("linear_b", "[3]", "INT32", 6, "[]", "[]") + ",";                               // 11
  text += tensor("linear", "[1,3]", "INT8", 0, "[0.2]", "[4]") + ",";                            // 12
  text += tensor("scores", "[1,3]", "INT8", 0, "[0.00390625]", "[-128]");                        // 13
  text += R"(], "operators": [
  {"opcode_index": 0, "inputs": [0,1,2], "outputs": [3], "builtin_options_type": "Conv2DOptions", "builtin_options":
   {"padding": "SAME", "stride_w": 1, "stride_h": 1, "dilation_w_factor": 1, "dilation_h_factor": 1,
    "fused_activation_function": "RELU6"}},
  {"opcode_index": 1, "inputs": [3,4,5], "outputs": [6], "builtin_options_type": "DepthwiseConv2DOptions",
   "builtin_options": {"padding": "SAME", "stride_w": 1, "stride_h": 1, "depth_multiplier": 1}},
  {"opcode_index": 2, "inputs": [3,6], "outputs": [7], "builtin_options_type": "AddOptions", "builtin_options": {}},
  {"opcode_index": 3, "inputs": [7], "outputs": [8], "builtin_options_type": "Pool2DOptions", "builtin_options":
   {"padding": "VALID", "stride_w": 2, "stride_h": 2, "filter_width": 2, "filter_height": 2}},
  {"opcode_index": 4, "inputs": [8], "outputs": [9], "builtin_options_type": "ReshapeOptions", "builtin_options": {}},
  {"opcode_index": 5, "inputs": [9,10,11], "outputs": [12], "builtin_options_type": "FullyConnectedOptions",
   "builtin_options": {}},
  {"opcode_index": 6, "inputs": [12], "outputs": [13], "builtin_options_type": "SoftmaxOptions", "builtin_options":
   {"beta": 1.0}}]}],
 "buffers": [{}, )";
  text += "{\"data\": " + weights(48) + "}, {\"data\": " + ints({5, -100, 40, options.last_bias}) + "}, ";
  text += "{\"data\": " + weights(36) + "}, {\"data\": " + ints({1, 2, 3, 4}) + "}, ";
  text += "{\"data\": " + weights(72) + "}, {\"data\": " + ints({-9, 0, 9}) + "}]}";
  return text;
}

}  // namespace stapes::test
