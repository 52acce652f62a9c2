// SPDX-License-Identifier: Apache-2.0
#include "export/kernel_call.h"

#include <fmt/format.h>

#include <cstdint>
#include <type_traits>

#include "base/error.h"
#include "export/kernel_sources.h"
#include "export/names.h"
#include "runtime/arena_layout.h"
#include "runtime/host_model.h"
#include "runtime/layer_runner.h"

namespace stapes {
namespace {

template <class T>
std::span<const T> values_of(const flatbuffers::Vector<T>& vector) {
  return {vector.data(), vector.size()};
}

// A call under construction.
class Builder {
 public:
  Builder(const ExecutionPlan& plan, std::size_t i, const std::string& id)
      : model_(*plan.model),
        layer_(*model_.layers()->Get(static_cast<std::uint32_t>(i))),
        in_(input_tensor(model_, layer_)),
        out_(output_tensor(model_, layer_)),
        shape_(layer_window(layer_) == nullptr ? ConvShape{} : shape_called(plan, i)),
        variant_(plan.variant[i]),
        id_(id) {
    call_.shape = shape_;
    call_.input_type = c_type(in_.dtype());
    call_.output_type = c_type(out_.dtype());
    call_.scratch_bytes = conv_scratch_bytes(model_, layer_, shape_run(plan, i), variant_);
    prepare(shape_run(plan, i));
  }

  KernelCall build() {
    switch (layer_.op_type()) {
      case fb::Operator::ConvF32:
        conv_f32(*layer_.op_as_ConvF32());
        break;
      case fb::Operator::ConvI8:
        conv_i8(*layer_.op_as_ConvI8());
        break;
      case fb::Operator::ConvPcm:
        binary("conv_pcm", "conv_pcm", "ConvPcmArgs", *layer_.op_as_ConvPcm());
        break;
      case fb::Operator::ConvBits:
        conv_bits(*layer_.op_as_ConvBits());
        break;
      case fb::Operator::Swap:
        swap();
        break;
      case fb::Operator::AveragePool:
        average_pool(*layer_.op_as_AveragePool());
        break;
      case fb::Operator::LinearF32:
        linear(in_.dtype() == fb::DType::kI8 ? "linear_f32_from_i8" : "linear_f32", "float", *layer_.op_as_LinearF32());
        break;
      case fb::Operator::LinearI8:
        linear("linear_i8", "int8_t", *layer_.op_as_LinearI8());
        break;
      case fb::Operator::LinearI16:
        linear("linear_i16", "int16_t", *layer_.op_as_LinearI16());
        break;
      case fb::Operator::AddF32:
        add_f32(*layer_.op_as_AddF32());
        break;
      case fb::Operator::AddI8:
        add_i8(*layer_.op_as_AddI8());
        break;
      case fb::Operator::AddI32:
        add_i32(*layer_.op_as_AddI32());
        break;
      case fb::Operator::Decide:
        decide(*layer_.op_as_Decide()->thresholds());
        break;
      case fb::Operator::NONE:
        throw Error("a layer without an operator");  // refused by the reader
    }
    find_function();
    return std::move(call_);
  }

 private:
  // <op>_<isa>, or <op>_<form>_<isa>.
  void find_function() {
    const ConvVariantName variant = conv_variant_name(model_, layer_, variant_);
    std::string isa = to_string(variant.isa);
    std::erase(isa, '-');
    const std::string ending = *variant.form == 0 ? isa : fmt::format("{}_{}", variant.form, isa);
    call_.is_fixed = variant.has_fixed;
    call_.function = fmt::format("{}_{}{}", call_.op, ending, variant.has_fixed ? "_fixed" : "");
    call_.file = kernel_file(call_, {ending, isa});  // a form may have a file of its own
  }

  // Of the whole layer where it runs in rows, each of which has a shape of its own; one column in the front end.
  static ConvShape shape_called(const ExecutionPlan& plan, std::size_t i) {
    const fb::Model& model = *plan.model;
    if (plan.front_end.has(i)) return front_end_shape(model, plan.front_end, i);
    return layer_shape(model, *model.layers()->Get(static_cast<std::uint32_t>(i)));
  }

  void name(const char* folder, const char* family, std::string op, std::string args_type) {
    call_.folder = folder;
    call_.family = family;
    call_.op = std::move(op);
    call_.header = fmt::format("kernels/{}/{}.h", folder, family);
    call_.args_type = std::move(args_type);
  }

  void member(const char* name, std::string value) { call_.members.emplace_back(name, std::move(value)); }
  void number(const char* name, std::int32_t value) { member(name, std::to_string(value)); }
  void scale(const char* name, float value) { member(name, float_literal(value)); }
  void buffers() {
    member("input", "nullptr");
    member("output", "nullptr");
  }

  // An array of the model, or null where it has none.
  template <class T>
  void array(const char* name, const flatbuffers::Vector<T>* values) {
    if (values == nullptr || values->size() == 0) return member(name, "nullptr");
    call_.arrays.push_back(c_array(fmt::format("{}_{}", id_, name), values_of(*values)));
    member(name, call_.arrays.back().name);
  }

  void prepare(const ConvShape& shape) {
    const std::size_t bytes = conv_prepared_bytes(model_, layer_, shape, variant_);
    if (bytes == 0) return;
    const AlignedBytes memory = allocate_aligned(bytes);
    std::fill_n(memory.get(), bytes, std::byte{0});  // what is only padding must be the same in every export
    prepare_conv(model_, layer_, shape, variant_, memory.get());
    call_.prepared = true;
    call_.arrays.push_back(c_array_of_bytes(id_ + "_prepared", {memory.get(), bytes}));
  }

  // The weights as they are in the model, unless the kernel has them in a form of its own.
  template <class T>
  void weights(const flatbuffers::Vector<T>* values) {
    if (call_.prepared) return member("weights", "nullptr");
    array("weights", values);
  }

  void memory() {
    const std::string prepared = commented("prepared", call_.prepared ? id_ + "_prepared" : "nullptr");
    member("memory", fmt::format("{{{}, {}}}", prepared, commented("scratch", "nullptr")));
  }

  void thresholds(const fb::Thresholds* t) {
    array("threshold", t == nullptr ? nullptr : t->threshold());
    array("falling", t == nullptr ? nullptr : t->falling());
  }

  void conv_f32(const fb::ConvF32& op) {
    std::string from = in_.dtype() == fb::DType::kF32 ? "" : in_.dtype() == fb::DType::kI8 ? "_from_i8" : "_from_i16";
    if (out_.dtype() == fb::DType::kI8) from += "_to_i8";
    name("conv_f32", "conv_f32", "conv_f32" + from,
         fmt::format("ConvF32Args<{}, {}>", call_.input_type, call_.output_type));
    member("shape", shape_name(id_));
    weights(op.weights());
    array("bias", op.bias());
    buffers();
    member("relu", op.relu() ? "true" : "false");
    scale("in_scale", in_.scale());
    scale("out_scale", out_.scale());
    number("in_zero_point", in_.zero_point());
    number("out_zero_point", out_.zero_point());
    memory();
  }

  void rescaling(const fb::ConvI8& op) {
    array("bias", op.bias());
    array("multiplier", op.multiplier());
    array("shift", op.shift());
    buffers();
    number("in_zero_point", in_.zero_point());
    number("out_zero_point", out_.zero_point());
    number("minimum", op.minimum());
    number("maximum", op.maximum());
    memory();
  }

  void conv_i8(const fb::ConvI8& op) {
    if (op.sparse() != nullptr) return conv_i8_sparse(op);
    if (out_.dtype() == fb::DType::kBits) return binary("conv_i8", "conv_i8_bits", "ConvI8BitsArgs", op);
    const bool from_i8 = in_.dtype() == fb::DType::kI8;
    const char* kind = from_i8 ? "conv_i8" : out_.dtype() == fb::DType::kI8 ? "conv_i8_from_i16" : "conv_i8_i16";
    name("conv_i8", "conv_i8", kind, fmt::format("ConvI8Args<{}, {}>", call_.input_type, call_.output_type));
    member("shape", shape_name(id_));
    weights(op.weights());
    rescaling(op);
  }

  void conv_i8_sparse(const fb::ConvI8& op) {
    const bool from_i8 = in_.dtype() == fb::DType::kI8;
    name("conv_i8", "conv_i8_sparse", from_i8 ? "conv_i8_sparse" : "conv_i8_sparse_from_i16",
         fmt::format("ConvI8SparseArgs<{}>", call_.input_type));
    member("shape", shape_name(id_));
    if (call_.prepared) {
      member("weights", "{/*entries=*/nullptr, /*gaps=*/nullptr, /*values=*/nullptr}");
    } else {
      member("weights", sparse_rows(*op.sparse()));
    }
    rescaling(op);
  }

  std::string sparse_rows(const fb::SparseWeights& sparse) {
    array("entries", sparse.entries());
    array("gaps", sparse.gaps());
    array("values", sparse.values());
    std::string text = "{";
    for (std::size_t at = call_.members.size() - 3; at < call_.members.size(); ++at) {
      text += (text.size() > 1 ? ", " : "") + commented(call_.members[at].first, call_.members[at].second);
    }
    call_.members.resize(call_.members.size() - 3);
    return text + "}";
  }

  // A convolution whose result is one bit a channel, or in conv_bits_sums the sum.
  template <class Op>
  void binary(const char* folder, const char* op_name, std::string args_type, const Op& op) {
    name(folder, folder, op_name, std::move(args_type));
    member("shape", shape_name(id_));
    weights(op.weights());
    thresholds(op.thresholds());
    buffers();
    if constexpr (std::is_same_v<Op, fb::ConvBits>) number("lowest", op.signed_sums() ? INT16_MIN : 0);
    memory();
  }

  void conv_bits(const fb::ConvBits& op) {
    const bool sums = op.thresholds() == nullptr;
    binary("conv_bits", sums ? "conv_bits_sums" : "conv_bits",
           sums ? "ConvBitsArgs<int16_t>" : "ConvBitsArgs<uint32_t>", op);
  }

  void swap() {
    const bool bits = in_.dtype() == fb::DType::kBits;
    const std::size_t size = 8 * element_bytes(in_.dtype());
    const std::string kind = bits ? "swap_bits" : fmt::format("swap_{}", size);
    const std::string element = bits ? "uint32_t" : fmt::format("uint{}_t", size);
    name("swap", "swap", kind, bits ? "SwapBitsArgs" : fmt::format("SwapArgs<{}>", element));
    call_.input_type = call_.output_type = element;
    buffers();
    number("width", in_.width());
    number("channels", in_.channels());
    number("first", 0);
    number("end", in_.channels());
  }

  void average_pool(const fb::AveragePool& op) {
    const fb::DType dtype = in_.dtype();
    name("average_pool", "average_pool",
         dtype == fb::DType::kI8    ? "average_pool_i8"
         : dtype == fb::DType::kI16 ? "sum_pool_i16"
         : dtype == fb::DType::kI32 ? "sum_pool_i32"
                                    : "average_pool_f32",
         fmt::format("AveragePoolArgs<{}, {}>", call_.input_type, call_.output_type));
    buffers();
    number("in_h", in_.height());
    number("in_w", in_.width());
    number("channels", in_.channels());
    number("pool_h", op.pool_h());
    number("pool_w", op.pool_w());
    number("shift", op.shift());
  }

  std::int32_t positions() const { return in_.height() * in_.width(); }

  // Starts a call of "add": its two inputs and its output.
  void addition(std::string op, std::string args_type) {
    name("add", "add", std::move(op), std::move(args_type));
    call_.other_type = c_type(second_input_tensor(model_, layer_).dtype());
    member("input", "nullptr");
    member("other", "nullptr");
    member("output", "nullptr");
  }

  void add_f32(const fb::AddF32& op) {
    addition("add_f32", "AddF32Args");
    number("count", positions() * in_.channels());
    member("relu", op.relu() ? "true" : "false");
  }

  void add_i8(const fb::AddI8& op) {
    const auto branch = [](std::int32_t zero_point, std::int32_t multiplier, std::int32_t shift) {
      return fmt::format("{{/*zero_point=*/{}, /*multiplier=*/{}, /*shift=*/{}}}", zero_point, multiplier, shift);
    };
    addition("add_i8", "AddI8Args");
    number("count", positions() * in_.channels());
    member("a", branch(in_.zero_point(), op.multiplier_a(), op.shift_a()));
    member("b", branch(second_input_tensor(model_, layer_).zero_point(), op.multiplier_b(), op.shift_b()));
    number("multiplier", op.multiplier());
    number("shift", op.shift());
    number("out_zero_point", out_.zero_point());
    number("minimum", op.minimum());
    number("maximum", op.maximum());
  }

  void add_i32(const fb::AddI32& op) {
    const bool from_i16 = second_input_tensor(model_, layer_).dtype() == fb::DType::kI16;
    addition(from_i16 ? "add_i32_from_i16" : "add_i32_from_i32",
             fmt::format("AddI32Args<{}>", from_i16 ? "int16_t" : "int32_t"));
    array("a_multiplier", op.multiplier_a());
    array("b_multiplier", op.multiplier_b());
    number("positions", positions());
    number("channels", in_.channels());
    member("relu", op.relu() ? "true" : "false");
  }

  void decide(const fb::Thresholds& t) {
    const bool from_i16 = in_.dtype() == fb::DType::kI16;
    name("decide", "decide", from_i16 ? "decide_from_i16" : "decide_from_i32",
         fmt::format("DecideArgs<{}>", call_.input_type));
    buffers();
    thresholds(&t);
    number("positions", positions());
    number("channels", in_.channels());
  }

  template <class Op>
  void linear(const char* op_name, const char* weight_type, const Op& op) {
    name("linear", "linear", op_name,
         fmt::format("LinearArgs<{}, {}, {}>", weight_type, call_.input_type, call_.output_type));
    array("weights", op.weights());
    array("bias", op.bias());
    buffers();
    number("inputs", in_.channels());
    number("outputs", out_.channels());
    number("zero_point", in_.zero_point());
    scale("scale", in_.scale());
  }

  const fb::Model& model_;
  const fb::Layer& layer_;
  const fb::Tensor &in_, &out_;
  const ConvShape shape_;
  const int variant_;
  const std::string& id_;
  KernelCall call_;
};

}  // namespace

KernelCall kernel_call(const ExecutionPlan& plan, std::size_t i, const std::string& id) {
  return Builder(plan, i, id).build();
}

std::string shape_text(const ConvShape& s) {
  static_assert(sizeof(ConvShape) == 15 * sizeof(std::int32_t), "a new member must be written, too");
  return fmt::format(
      "{{/*in=*/{}, {}, {}, /*out=*/{}, {}, {}, /*kernel=*/{}, {},\n"
      "    /*stride=*/{}, {}, /*pad=*/{}, {}, /*pool=*/{}, {}, /*groups=*/{}}}",
      s.in_h, s.in_w, s.in_c, s.out_h, s.out_w, s.out_c, s.kernel_h, s.kernel_w, s.stride_h, s.stride_w, s.pad_h,
      s.pad_w, s.pool_h, s.pool_w, s.groups);
}

std::string shape_name(const std::string& id) {
  return fmt::format("k{}{}Shape", upper_case(id.substr(0, 1)), id.substr(1));
}

const char* c_type(fb::DType dtype) {
  switch (dtype) {
    case fb::DType::kF32:
      return "float";
    case fb::DType::kI8:
      return "int8_t";
    case fb::DType::kI16:
      return "int16_t";
    case fb::DType::kI32:
      return "int32_t";
    case fb::DType::kBits:
      return "uint32_t";
  }
  return "";
}

}  // namespace stapes
