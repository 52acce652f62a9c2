// SPDX-License-Identifier: Apache-2.0
// tflite_builder.h: writes small .tflite files operator by operator, as JSON for flatc (tflite_json.h).
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/philox.h"
#include "import/tflite_json.h"

namespace stapes::test {

struct Quantization {
  std::vector<float> scale;
  std::vector<int> zero_point;  // one per scale; absent: zeros
  int axis = 0;
};

class TfliteBuilder {
 public:
  using Shape = std::vector<int>;

  // Returns the new tensor's index. A constant has `data`, an activation none.
  int tensor(const std::string& type, const Shape& shape, Quantization q = {}, std::span<const std::byte> data = {}) {
    if (q.zero_point.empty()) q.zero_point.assign(q.scale.size(), 0);
    const int buffer = data.empty() ? 0 : static_cast<int>(buffers_.size());
    if (!data.empty()) buffers_.push_back(bytes_text(data));
    tensors_.push_back(
        fmt::format(R"({{"name": "t{}", "shape": [{}], "type": "{}", "buffer": {}, "quantization": {{"scale": [{}], )"
                    R"("zero_point": [{}], "quantized_dimension": {}}}}})",
                    tensors_.size(), fmt::join(shape, ","), type, buffer, fmt::join(q.scale, ","),
                    fmt::join(q.zero_point, ","), q.axis));
    return static_cast<int>(tensors_.size()) - 1;
  }
  int int8(const Shape& shape, float scale, int zero_point) { return tensor("INT8", shape, {{scale}, {zero_point}}); }
  int floats(const Shape& shape) { return tensor("FLOAT32", shape); }

  template <class T>
  int constant(const std::string& type, const Shape& shape, const std::vector<T>& values, Quantization q = {}) {
    return tensor(type, shape, std::move(q), std::as_bytes(std::span(values)));
  }
  int ints(const std::vector<std::int32_t>& values) {
    return constant("INT32", {static_cast<int>(values.size())}, values);
  }
  // Random constants.
  int weights(const Shape& shape, std::vector<float> scale, int axis = 0) {
    std::vector<std::int8_t> values(count(shape));
    for (std::int8_t& v : values) v = static_cast<std::int8_t>(static_cast<int>(random_.below(255)) - 127);
    return constant("INT8", shape, values, {std::move(scale), {}, axis});
  }
  int float_weights(const Shape& shape) {
    std::vector<float> values(count(shape));
    for (float& v : values) v = static_cast<float>(random_.uniform(-1, 1));
    return constant("FLOAT32", shape, values);
  }
  int bias(int filters) {
    std::vector<std::int32_t> values(static_cast<std::size_t>(filters));
    for (std::int32_t& v : values) v = static_cast<std::int32_t>(random_.below(4001)) - 2000;
    return ints(values);
  }

  // `code`: an operator's name in the schema. `table`: its table of options, with the members `options`.
  void op(const std::string& code, const std::vector<int>& inputs, int output, const std::string& table = "",
          const std::string& options = "") {
    const std::string text =
        table.empty() ? ""
                      : fmt::format(R"(, "builtin_options_type": "{}", "builtin_options": {{{}}})", table, options);
    codes_.push_back(fmt::format(R"({{"deprecated_builtin_code": 0, "builtin_code": "{}"}})", code));
    operators_.push_back(fmt::format(R"({{"opcode_index": {}, "inputs": [{}], "outputs": [{}]{}}})", operators_.size(),
                                     fmt::join(inputs, ","), output, text));
  }
  void conv(const std::vector<int>& inputs, int output, const std::string& padding = "SAME", int stride = 1,
            const std::string& activation = "NONE") {
    op("CONV_2D", inputs, output, "Conv2DOptions",
       fmt::format(R"("padding": "{}", "stride_w": {}, "stride_h": {}, "fused_activation_function": "{}")", padding,
                   stride, stride, activation));
  }
  void depthwise(const std::vector<int>& inputs, int output, const std::string& padding = "SAME", int stride = 1,
                 const std::string& activation = "NONE", int multiplier = 1) {
    op("DEPTHWISE_CONV_2D", inputs, output, "DepthwiseConv2DOptions",
       fmt::format(
           R"("padding": "{}", "stride_w": {}, "stride_h": {}, "depth_multiplier": {}, "fused_activation_function": "{}")",
           padding, stride, stride, multiplier, activation));
  }
  void linear(const std::vector<int>& inputs, int output, const std::string& activation = "NONE") {
    op("FULLY_CONNECTED", inputs, output, "FullyConnectedOptions",
       fmt::format(R"("fused_activation_function": "{}")", activation));
  }
  // `code`: AVERAGE_POOL_2D or MAX_POOL_2D.
  void pool(const std::string& code, int input, int output, int filter, int stride, const std::string& padding) {
    op(code, {input}, output, "Pool2DOptions",
       fmt::format(R"("padding": "{0}", "stride_w": {2}, "stride_h": {2}, "filter_width": {1}, "filter_height": {1})",
                   padding, filter, stride));
  }
  void softmax(int input, int output) { op("SOFTMAX", {input}, output, "SoftmaxOptions", R"("beta": 1.0)"); }

  std::vector<std::byte> bytes(int input, int output) const { return tflite_bytes(json(input, output)); }
  TfliteFile file(int input, int output) const { return TfliteFile(bytes(input, output), "built.tflite"); }
  std::string json(int input, int output) const {
    return fmt::format(
        R"({{"version": 3, "operator_codes": [{}], "subgraphs": [{{"inputs": [{}], "outputs": [{}], "tensors": [{}], )"
        R"("operators": [{}]}}], "buffers": [{}]}})",
        fmt::join(codes_, ","), input, output, fmt::join(tensors_, ","), fmt::join(operators_, ","),
        fmt::join(buffers_, ","));
  }

 private:
  static std::size_t count(const Shape& shape) {
    std::size_t product = 1;
    for (const int size : shape) product *= static_cast<std::size_t>(size);
    return product;
  }
  static std::string bytes_text(std::span<const std::byte> bytes) {
    std::vector<int> numbers;
    for (const std::byte b : bytes) numbers.push_back(std::to_integer<int>(b));
    return fmt::format(R"({{"data": [{}]}})", fmt::join(numbers, ","));
  }

  std::vector<std::string> codes_, tensors_, operators_;
  std::vector<std::string> buffers_{"{}"};
  Philox random_{31, Philox::Purpose::kTest};
};

}  // namespace stapes::test
