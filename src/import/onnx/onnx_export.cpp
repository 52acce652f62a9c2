// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_export.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "base/error.h"
#include "import/layers/int8_layers.h"
#include "import/onnx/onnx.pb.h"
#include "import/onnx/onnx_factors.h"
#include "packed/shapes.h"

namespace stapes {
namespace {

constexpr std::int64_t kWrittenOpset = 17, kIrVersion = 8;

using Ints = std::vector<std::int64_t>;

// Weights [out][kernel_h][kernel_w][in] as [out][in][kernel_h][kernel_w].
template <class T>
std::vector<T> channels_first(std::span<const T> from, std::size_t outs, std::size_t taps) {
  const std::size_t ins = from.size() / (outs * taps);
  std::vector<T> to(from.size());
  for (std::size_t o = 0; o < outs; ++o)
    for (std::size_t tap = 0; tap < taps; ++tap)
      for (std::size_t i = 0; i < ins; ++i) to[(o * ins + i) * taps + tap] = from[(o * taps + tap) * ins + i];
  return to;
}

// Also decodes SparseWeights (model.fbs).
std::vector<std::int8_t> dense_weights(const fb::ConvI8& conv, std::size_t row_length) {
  if (conv.sparse() == nullptr) return {conv.weights()->begin(), conv.weights()->end()};
  const fb::SparseWeights& sparse = *conv.sparse();
  std::vector<std::int8_t> weights(sparse.entries()->size() * row_length);
  std::uint32_t entry = 0;
  for (std::uint32_t row = 0; row < sparse.entries()->size(); ++row) {
    std::size_t at = row * row_length;
    for (std::uint32_t i = 0; i < sparse.entries()->Get(row); ++i, ++entry) {
      at += sparse.gaps()->Get(entry);
      weights[at++] = sparse.values()->Get(entry);
    }
  }
  return weights;
}

template <class T>
std::span<const T> span_of(const flatbuffers::Vector<T>& vector) {
  return {vector.data(), vector.size()};
}

class OnnxWriter {
 public:
  explicit OnnxWriter(const fb::Model& model) : packed_(model) {}

  std::string write() {
    file_.set_ir_version(kIrVersion);
    file_.set_producer_name("stapes");
    file_.add_opset_import()->set_version(kWrittenOpset);
    graph().set_name("stapes");
    const fb::Tensor& input = *packed_.tensors()->Get(0);
    add_value(*graph().add_input(), "input", {1, input.channels(), input.height(), input.width()});
    names_.assign(packed_.tensors()->size(), "");
    try {
      names_[0] = on_grid("input", "input", input);
    } catch (const Error& error) {
      problems_.push_back(fmt::format("input: {}", error.what()));
    }
    for (const auto* layer : *packed_.layers()) {
      try {
        name_ = printable_name(*layer);
        names_[static_cast<std::size_t>(layer->output())] = add(*layer);
      } catch (const Error& error) {
        problems_.push_back(fmt::format("layer {}: {}", name_, error.what()));
        names_[static_cast<std::size_t>(layer->output())] = name_;
      }
    }
    if (!problems_.empty()) throw Error("{}", fmt::join(problems_, "; "));
    const fb::Layer& last = *packed_.layers()->Get(packed_.layers()->size() - 1);
    add_value(*graph().add_output(), names_[static_cast<std::size_t>(last.output())], {});
    return file_.SerializeAsString();
  }

 private:
  onnx::GraphProto& graph() { return *file_.mutable_graph(); }

  // Unique even if layers share a name.
  std::string printable_name(const fb::Layer& layer) const {
    return fmt::format("{}_{}", layer.output(), layer.name()->string_view());
  }

  static void add_value(onnx::ValueInfoProto& value, const std::string& name, const Ints& shape) {
    value.set_name(name);
    auto& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t size : shape) tensor.mutable_shape()->add_dim()->set_dim_value(size);
  }

  template <class T>
  std::string constant(const std::string& name, int type, const Ints& shape, std::span<const T> values) {
    onnx::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const std::int64_t size : shape) tensor.add_dims(size);
    tensor.set_raw_data(values.data(), values.size_bytes());
    return name;
  }
  std::string real(const std::string& name, float value) {
    return constant<float>(name, onnx::TensorProto::FLOAT, {}, std::span(&value, 1));
  }

  onnx::NodeProto& node(const char* op, const std::string& name, const std::vector<std::string>& inputs) {
    onnx::NodeProto& node = *graph().add_node();
    node.set_op_type(op);
    node.set_name(name);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(name);
    return node;
  }
  static void set(onnx::NodeProto& node, const char* name, const Ints& values) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) attribute.add_ints(value);
  }
  static void set(onnx::NodeProto& node, const char* name, std::int64_t value) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }

  // `value`, rounded to the tensor's grid if it has 8 bits.
  std::string on_grid(const std::string& name, const std::string& value, const fb::Tensor& tensor) {
    if (tensor.dtype() == fb::DType::kF32 || tensor.dtype() == fb::DType::kI32) return value;
    if (tensor.dtype() != fb::DType::kI8) {
      throw Error("values of type {}; expected float or 8 bits (stapes quantize --input-bits 8, without --wide)",
                  fb::EnumNameDType(tensor.dtype()));
    }
    const auto zero = static_cast<std::int8_t>(tensor.zero_point());
    const std::string scale = real(name + ".scale", tensor.scale());
    const std::string zero_point =
        constant<std::int8_t>(name + ".zero_point", onnx::TensorProto::INT8, {}, std::span(&zero, 1));
    node("QuantizeLinear", name + ".q", {value, scale, zero_point});
    node("DequantizeLinear", name + ".dq", {name + ".q", scale, zero_point});
    return name + ".dq";
  }

  const std::string& input(const fb::Layer& layer, std::uint32_t which = 0) const {
    return names_[static_cast<std::size_t>(layer.inputs()->Get(which))];
  }
  const fb::Tensor& output(const fb::Layer& layer) const { return output_tensor(packed_, layer); }

  std::string add(const fb::Layer& layer) {
    switch (layer.op_type()) {
      case fb::Operator::ConvF32:
        return add_conv_f32(layer, *layer.op_as_ConvF32());
      case fb::Operator::ConvI8:
        return add_conv_i8(layer, *layer.op_as_ConvI8());
      case fb::Operator::LinearF32:
        return add_linear_f32(layer, *layer.op_as_LinearF32());
      case fb::Operator::LinearI8:
        return add_linear_i8(layer, *layer.op_as_LinearI8());
      case fb::Operator::AddF32: {
        node("Add", name_, {input(layer, 0), input(layer, 1)});
        return activated(name_, layer.op_as_AddF32()->relu(), layer.op_as_AddF32()->relu6());
      }
      case fb::Operator::AddI8: {
        const fb::AddI8& op = *layer.op_as_AddI8();
        check_addition(layer, op);
        node("Add", name_, {input(layer, 0), input(layer, 1)});
        return on_grid(name_, limited(name_, output(layer), op.minimum(), op.maximum()), output(layer));
      }
      default:
        add_plain(layer);
        return on_grid(name_, name_, output(layer));
    }
  }

  // The caller rounds the output to the grid.
  void add_plain(const fb::Layer& layer) {
    switch (layer.op_type()) {
      case fb::Operator::Transpose:
        return set(node("Transpose", name_, {input(layer)}), "perm", {0, 2, 1, 3});
      case fb::Operator::AveragePool:
        return add_average_pool(layer, *layer.op_as_AveragePool());
      case fb::Operator::MaxPool: {
        const fb::MaxPool& op = *layer.op_as_MaxPool();
        return set_window(node("MaxPool", name_, {input(layer)}), *op.window(),
                          end_pads_of(*op.window(), op.end_pads()));
      }
      case fb::Operator::Mean:
        return add_mean(layer, *layer.op_as_Mean());
      case fb::Operator::Softmax:
        check_softmax(layer, *layer.op_as_Softmax());
        return set(node("Softmax", name_, {input(layer)}), "axis", std::int64_t{1});
      case fb::Operator::Logistic:
        node("Sigmoid", name_, {input(layer)});
        return;
      default:
        throw Error("{} has no ONNX equivalent", fb::EnumNameOperator(layer.op_type()));
    }
  }

  void add_average_pool(const fb::Layer& layer, const fb::AveragePool& op) {
    onnx::NodeProto& pool = node("AveragePool", name_, {input(layer)});
    if (op.window() != nullptr) return set_window(pool, *op.window(), end_pads_of(*op.window(), op.end_pads()));
    set(pool, "kernel_shape", Ints{op.pool_h(), op.pool_w()});
    set(pool, "strides", Ints{op.pool_h(), op.pool_w()});
  }

  void add_mean(const fb::Layer& layer, const fb::Mean& op) {
    const fb::Tensor &in = input_tensor(packed_, layer), &out = output(layer);
    const fb::MeanT again = mean_of_scales(in.scale(), out.scale(), op.pool_h(), op.pool_w());
    check_scales(again.multiplier == op.multiplier() && again.shift == op.shift());
    onnx::NodeProto& pool = node("AveragePool", name_, {input(layer)});
    set(pool, "kernel_shape", Ints{op.pool_h(), op.pool_w()});
    set(pool, "strides", Ints{op.pool_h(), op.pool_w()});
  }

  // ONNX stores only the scales, so the multipliers must follow from them.
  static void check_scales(bool give_its_factors) {
    if (!give_its_factors) throw Error("the multipliers do not match the scales of its input and output");
  }

  void check_addition(const fb::Layer& layer, const fb::AddI8& op) const {
    const auto scale = [&](std::uint32_t which) {
      return packed_.tensors()->Get(static_cast<std::uint32_t>(layer.inputs()->Get(which)))->scale();
    };
    const fb::AddI8T again = addition_of(scale(0), scale(1), output(layer).scale());
    check_scales(again.multiplier_a == op.multiplier_a() && again.shift_a == op.shift_a() &&
                 again.multiplier_b == op.multiplier_b() && again.shift_b == op.shift_b() &&
                 again.multiplier == op.multiplier() && again.shift == op.shift());
  }

  void check_softmax(const fb::Layer& layer, const fb::Softmax& op) const {
    if (output(layer).dtype() == fb::DType::kF32) return;
    const fb::SoftmaxT again = softmax_of_scale(input_tensor(packed_, layer).scale());
    check_scales(again.multiplier == op.multiplier() && again.shift == op.shift() && again.diff_min == op.diff_min());
  }

  static void set_window(onnx::NodeProto& to, const fb::Window& w, const fb::EndPads& end) {
    set(to, "kernel_shape", Ints{w.kernel_h(), w.kernel_w()});
    set(to, "strides", Ints{w.stride_h(), w.stride_w()});
    set(to, "pads", Ints{w.pad_h(), w.pad_w(), end.h(), end.w()});
  }

  // Adds the fused max-pool, if any.
  std::string pooled(const std::string& value, const fb::Window& w) {
    if (w.pool_h() * w.pool_w() == 1) return value;
    onnx::NodeProto& pool = node("MaxPool", name_ + ".pool", {value});
    set(pool, "kernel_shape", Ints{w.pool_h(), w.pool_w()});
    set(pool, "strides", Ints{w.pool_h(), w.pool_w()});
    return pool.name();
  }

  std::string activated(const std::string& value, bool relu, bool relu6) {
    if (!relu) return value;
    if (!relu6) return node("Relu", value + ".relu", {value}).name();
    return node("Clip", value + ".relu6", {value, real(value + ".zero", 0), real(value + ".six", 6)}).name();
  }

  // Adds ReLU or ReLU6, which the packed form stores only as limits on the grid.
  std::string limited(const std::string& value, const fb::Tensor& tensor, int minimum, int maximum) {
    const double six = tensor.zero_point() + std::round(6 / double{tensor.scale()});
    const bool relu6 = maximum != 127;
    if (minimum != -128 && minimum != tensor.zero_point())
      throw Error("outputs limited to {} and above; expected -128 (no limit) or {} (ReLU)", minimum,
                  tensor.zero_point());
    if (relu6 && (maximum != six || minimum != tensor.zero_point()))
      throw Error("outputs limited to [{}, {}]; expected an upper limit of 127 (none) or [{}, {}] (ReLU6)", minimum,
                  maximum, tensor.zero_point(), six);
    return activated(value, minimum != -128 || relu6, relu6);
  }

  std::string reals(const char* part, const Ints& shape, std::span<const float> values) {
    return constant<float>(fmt::format("{}.{}", name_, part), onnx::TensorProto::FLOAT, shape, values);
  }

  Ints weights_shape(const fb::Layer& layer) const {
    return {output(layer).channels(), input_tensor(packed_, layer).channels()};
  }

  std::string add_conv_f32(const fb::Layer& layer, const fb::ConvF32& op) {
    const fb::Window& w = *op.window();
    const std::size_t outs = op.bias()->size(), taps = static_cast<std::size_t>(w.kernel_h() * w.kernel_w());
    const std::vector<float> weights = channels_first(span_of(*op.weights()), outs, taps);
    const Ints shape = {output(layer).channels(), input_tensor(packed_, layer).channels() / op.groups(), w.kernel_h(),
                        w.kernel_w()};
    const std::string kernel = reals("w", shape, weights), bias = reals("b", {shape[0]}, span_of(*op.bias()));
    onnx::NodeProto& conv = node("Conv", name_, {input(layer), kernel, bias});
    set_window(conv, w, end_pads_of(w, op.end_pads()));
    set(conv, "group", std::int64_t{op.groups()});
    const std::string value = pooled(activated(name_, op.relu(), op.relu6()), w);
    return on_grid(name_, value, output(layer));
  }

  std::string add_linear(const fb::Layer& layer, const std::string& weights, const std::string& bias) {
    set(node("Flatten", name_ + ".flat", {input(layer)}), "axis", std::int64_t{1});
    set(node("Gemm", name_, {name_ + ".flat", weights, bias}), "transB", std::int64_t{1});
    if (&layer == packed_.layers()->Get(packed_.layers()->size() - 1)) return name_;
    // Later layers expect four dimensions.
    const Ints shape = {1, output(layer).channels(), 1, 1};
    const std::string target = constant<std::int64_t>(name_ + ".shape", onnx::TensorProto::INT64, {4}, shape);
    return node("Reshape", name_ + ".reshaped", {name_, target}).name();
  }

  // Integer weights and bias, with float scales as close to the factors as possible.
  struct Dequantized {
    std::string weights, bias;
  };
  Dequantized dequantized(std::span<const std::int8_t> weights, const Ints& shape, std::span<const std::int32_t> bias,
                          const std::vector<float>& scales, float in_scale) {
    const Ints count = {static_cast<std::int64_t>(scales.size())};
    std::vector<float> bias_scales;
    for (const float scale : scales) bias_scales.push_back(in_scale * scale);
    constant(name_ + ".w", onnx::TensorProto::INT8, shape, weights);
    constant(name_ + ".b", onnx::TensorProto::INT32, {static_cast<std::int64_t>(bias.size())}, bias);
    constant<float>(name_ + ".w.scale", onnx::TensorProto::FLOAT, count, scales);
    constant<float>(name_ + ".b.scale", onnx::TensorProto::FLOAT, count, bias_scales);
    set(node("DequantizeLinear", name_ + ".w.dq", {name_ + ".w", name_ + ".w.scale"}), "axis", std::int64_t{0});
    set(node("DequantizeLinear", name_ + ".b.dq", {name_ + ".b", name_ + ".b.scale"}), "axis", std::int64_t{0});
    return {name_ + ".w.dq", name_ + ".b.dq"};
  }

  template <class Op>
  std::vector<float> scales_of(const Op& op, float in_scale, float out_scale) {
    std::vector<float> scales;
    std::vector<FixedPointFactor> factors;
    bool exact = true;
    for (std::uint32_t o = 0; o < op.bias()->size(); ++o) {
      factors.push_back({op.multiplier()->Get(o), op.shift()->Get(o)});
      const double factor = std::ldexp(static_cast<double>(factors.back().multiplier), factors.back().shift - 31);
      scales.push_back(static_cast<float>(factor * out_scale / in_scale));
      const FixedPointFactor again = quantize_multiplier(double{in_scale} * double{scales.back()} / out_scale);
      exact = exact && again.multiplier == factors.back().multiplier && again.shift == factors.back().shift;
    }
    if (!exact) {
      auto& entry = *file_.add_metadata_props();
      entry.set_key(kFactorsKey + name_);
      entry.set_value(factors_text(factors));
    }
    return scales;
  }

  std::string add_conv_i8(const fb::Layer& layer, const fb::ConvI8& op) {
    if (op.thresholds() != nullptr) throw Error("binary outputs have no ONNX equivalent");
    const fb::Window& w = *op.window();
    const fb::Tensor &in = input_tensor(packed_, layer), &out = output(layer);
    const std::size_t outs = op.bias()->size(), taps = static_cast<std::size_t>(w.kernel_h() * w.kernel_w());
    const std::int64_t ins = in.channels() / op.groups();
    const auto row = static_cast<std::size_t>(w.kernel_w() * ins);
    const std::vector<std::int8_t> dense = dense_weights(op, row);
    const std::vector<std::int8_t> weights = channels_first(std::span(dense), outs, taps);
    const Dequantized parts = dequantized(weights, {out.channels(), ins, w.kernel_h(), w.kernel_w()},
                                          span_of(*op.bias()), scales_of(op, in.scale(), out.scale()), in.scale());
    onnx::NodeProto& conv = node("Conv", name_, {input(layer), parts.weights, parts.bias});
    set_window(conv, w, end_pads_of(w, op.end_pads()));
    set(conv, "group", std::int64_t{op.groups()});
    const std::string value = on_grid(name_, limited(name_, out, op.minimum(), op.maximum()), out);
    const std::string largest = pooled(value, w);
    return largest == value ? value : on_grid(largest, largest, out);
  }

  std::string add_linear_f32(const fb::Layer& layer, const fb::LinearF32& op) {
    return add_linear(layer, reals("w", weights_shape(layer), span_of(*op.weights())),
                      reals("b", {op.bias()->size()}, span_of(*op.bias())));
  }

  std::string add_linear_i8(const fb::Layer& layer, const fb::LinearI8& op) {
    const fb::Tensor &in = input_tensor(packed_, layer), &out = output(layer);
    const bool rescales = out.dtype() == fb::DType::kI8;
    std::vector<float> scales(op.bias()->size(), out.scale() / in.scale());  // for sums that are not rescaled
    if (rescales) scales = scales_of(op, in.scale(), out.scale());
    const Dequantized parts =
        dequantized(span_of(*op.weights()), weights_shape(layer), span_of(*op.bias()), scales, in.scale());
    std::string value = add_linear(layer, parts.weights, parts.bias);
    if (rescales) value = limited(value, out, op.minimum(), op.maximum());
    return on_grid(name_, value, out);
  }

  const fb::Model& packed_;
  onnx::ModelProto file_;
  std::vector<std::string> names_;  // of the ONNX value for each tensor
  std::string name_;                // of the current layer
  std::vector<std::string> problems_;
};

}  // namespace

std::string export_onnx(const packed::fb::Model& model) { return OnnxWriter(model).write(); }

}  // namespace stapes
