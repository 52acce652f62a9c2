// SPDX-License-Identifier: Apache-2.0
// onnx_builder.h: small .onnx files, written with the schema of the source tree.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/philox.h"
#include "import/onnx/onnx.pb.h"
#include "import/onnx/onnx_file.h"

namespace stapes::test {

using OnnxList = std::vector<std::int64_t>;

struct OnnxAttr {
  std::string name;
  std::variant<std::int64_t, float, std::string, OnnxList> value;
};

class OnnxBuilder {
 public:
  explicit OnnxBuilder(std::int64_t opset = 17) {
    model_.set_ir_version(8);
    auto* set = model_.add_opset_import();
    set->set_domain("");
    set->set_version(opset);
    model_.mutable_graph()->set_name("test");
  }

  // A dimension of -1 is dynamic.
  OnnxBuilder& input(const std::string& name, const OnnxList& shape) {
    set_shape(*model_.mutable_graph()->add_input(), name, shape);
    return *this;
  }
  OnnxBuilder& output(const std::string& name, const OnnxList& shape = {}) {
    set_shape(*model_.mutable_graph()->add_output(), name, shape);
    return *this;
  }

  onnx::TensorProto& constant(const std::string& name, const OnnxList& shape, const std::vector<float>& values) {
    onnx::TensorProto& tensor = add_constant(name, shape, onnx::TensorProto::FLOAT);
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
    return tensor;
  }
  OnnxBuilder& random(const std::string& name, const OnnxList& shape, double scale = 0.5, double mean = 0) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(mean + scale * random_.normal()));
    constant(name, shape, values);
    return *this;
  }
  OnnxBuilder& list(const std::string& name, const OnnxList& values) {
    const OnnxList shape = {static_cast<std::int64_t>(values.size())};
    onnx::TensorProto& tensor = add_constant(name, shape, onnx::TensorProto::INT64);
    for (const std::int64_t value : values) tensor.add_int64_data(value);
    return *this;
  }
  OnnxBuilder& number(const std::string& name, std::int64_t value) {
    add_constant(name, {}, onnx::TensorProto::INT64).add_int64_data(value);
    return *this;
  }

  OnnxBuilder& integers(const std::string& name, const OnnxList& shape, int type, const std::vector<int>& values) {
    onnx::TensorProto& tensor = add_constant(name, shape, type);
    for (const int value : values) tensor.add_int32_data(value);
    return *this;
  }

  // QuantizeLinear and DequantizeLinear of int8. The node `name` outputs real values.
  OnnxBuilder& quantized(const std::string& name, const std::string& input, float scale, int zero_point) {
    constant(name + "_scale", {}, {scale});
    integers(name + "_zero", {}, onnx::TensorProto::INT8, {zero_point});
    node("QuantizeLinear", name + "_q", {input, name + "_scale", name + "_zero"});
    node("DequantizeLinear", name, {name + "_q", name + "_scale", name + "_zero"});
    return *this;
  }
  // A quantized constant with zero point 0, dequantized.
  OnnxBuilder& dequantized(const std::string& name, const OnnxList& shape, int type, const std::vector<int>& values,
                           const std::vector<float>& scales, std::int64_t axis = 0) {
    const OnnxList count = {static_cast<std::int64_t>(scales.size())};
    integers(name + "_int", shape, type, values);
    constant(name + "_scale", scales.size() == 1 ? OnnxList{} : count, scales);
    node("DequantizeLinear", name, {name + "_int", name + "_scale"}, {{"axis", axis}});
    return *this;
  }

  // The first output has the name of the node.
  onnx::NodeProto& node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs,
                        const std::vector<OnnxAttr>& attributes = {}) {
    onnx::NodeProto& node = *model_.mutable_graph()->add_node();
    node.set_op_type(op);
    node.set_name(name);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(name);
    for (const OnnxAttr& attribute : attributes) add_attribute(node, attribute);
    return node;
  }

  OnnxBuilder& norm(const std::string& name, const std::string& input, std::int64_t channels, float epsilon = 1e-5f) {
    random(name + "_scale", {channels}, 0.2, 1).random(name + "_bias", {channels}).random(name + "_mean", {channels});
    std::vector<float> variance;
    for (std::int64_t c = 0; c < channels; ++c) variance.push_back(0.3f + static_cast<float>(random_.uniform()));
    constant(name + "_var", {channels}, variance);
    node("BatchNormalization", name, {input, name + "_scale", name + "_bias", name + "_mean", name + "_var"},
         {{"epsilon", epsilon}});
    return *this;
  }

  onnx::ModelProto& model() { return model_; }
  std::vector<std::byte> bytes() const {
    const std::string text = model_.SerializeAsString();
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
  }
  OnnxGraph graph() const { return read_onnx(bytes(), "small.onnx", {}); }

 private:
  static void set_shape(onnx::ValueInfoProto& value, const std::string& name, const OnnxList& shape) {
    value.set_name(name);
    auto* tensor = value.mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t size : shape) {
      auto* dim = tensor->mutable_shape()->add_dim();
      if (size < 0) {
        dim->set_dim_param("n");
      } else {
        dim->set_dim_value(size);
      }
    }
  }
  onnx::TensorProto& add_constant(const std::string& name, const OnnxList& shape, int type) {
    onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const std::int64_t size : shape) tensor.add_dims(size);
    return tensor;
  }
  static void add_attribute(onnx::NodeProto& node, const OnnxAttr& from) {
    onnx::AttributeProto& to = *node.add_attribute();
    to.set_name(from.name);
    if (const auto* i = std::get_if<std::int64_t>(&from.value)) {
      to.set_type(onnx::AttributeProto::INT);
      to.set_i(*i);
    } else if (const auto* f = std::get_if<float>(&from.value)) {
      to.set_type(onnx::AttributeProto::FLOAT);
      to.set_f(*f);
    } else if (const auto* s = std::get_if<std::string>(&from.value)) {
      to.set_type(onnx::AttributeProto::STRING);
      to.set_s(*s);
    } else {
      to.set_type(onnx::AttributeProto::INTS);
      for (const std::int64_t value : std::get<OnnxList>(from.value)) to.add_ints(value);
    }
  }

  onnx::ModelProto model_;
  Philox random_{11, Philox::Purpose::kTest};
};

}  // namespace stapes::test
