// SPDX-License-Identifier: Apache-2.0
#include "export/kernel_call.h"

#include <fmt/format.h>

#include <cstdint>
#include <type_traits>

#include "export/kernel_sources.h"
#include "export/names.h"
#include "runtime/arena_layout.h"
#include "runtime/host_model.h"
#include "runtime/layer_runner.h"
#include "runtime/operators/use_layer.h"

namespace stapes {
namespace {

template <class T>
std::span<const T> values_of(const flatbuffers::Vector<T>& vector) {
  return {vector.data(), vector.size()};
}

template <class T>
const char* type_name() {
  if constexpr (std::is_same_v<T, float>) return "float";
  if constexpr (std::is_same_v<T, std::int8_t>) return "int8_t";
  if constexpr (std::is_same_v<T, std::uint8_t>) return "uint8_t";
  if constexpr (std::is_same_v<T, std::int16_t>) return "int16_t";
  if constexpr (std::is_same_v<T, std::uint16_t>) return "uint16_t";
  if constexpr (std::is_same_v<T, std::int32_t>) return "int32_t";
  if constexpr (std::is_same_v<T, std::uint32_t>) return "uint32_t";
}
template <class Pointer>
const char* pointee_name() {
  return type_name<std::remove_const_t<std::remove_pointer_t<Pointer>>>();
}

std::string value_text(bool value) { return value ? "true" : "false"; }
std::string value_text(float value) { return float_literal(value); }
template <class Integer>
std::string value_text(Integer value) {
  return std::to_string(value);
}

// Prints arguments instead of filling them in (runtime/operators/binding.h).
class PrintArgs {
 public:
  PrintArgs(KernelCall& call, const std::string& id, bool adds) : call_(call), id_(id), adds_(adds) {}

  template <class T, class Args, class Value>
  void operator()(const char* name, T Args::*, Value value) {
    member(name, value_text(static_cast<T>(value)));
  }
  template <class T, class Args>
  void operator()(const char* name, const T* Args::*, const flatbuffers::Vector<T>* values) {
    if (values == nullptr || values->size() == 0) return member(name, "nullptr");
    call_.arrays.push_back(c_array(fmt::format("{}_{}", id_, name), values_of(*values)));
    member(name, call_.arrays.back().name);
  }
  // As stored in the model, unless the kernel has its own layout.
  template <class T, class Args>
  void weights(const char* name, const T* Args::*member_of, const flatbuffers::Vector<T>* values) {
    if (call_.prepared) return member(name, "nullptr");
    (*this)(name, member_of, values);
  }
  template <class T, class Args>
  void constants(const char* name, const T* Args::*member_of, const flatbuffers::Vector<T>* values) {
    if (call_.prepares_constants) return member(name, "nullptr");
    (*this)(name, member_of, values);
  }
  template <class Group, class Args, class Describe>
  void group(const char* name, Group Args::*, const Describe& describe) {
    const std::size_t first = call_.members.size();
    describe(*this);
    std::string text;
    for (std::size_t at = first; at < call_.members.size(); ++at) {
      text += (at > first ? ", " : "") + commented(call_.members[at].first, call_.members[at].second);
    }
    call_.members.resize(first);
    member(name, "{" + text + "}");
  }
  void shape() { member("shape", shape_name(id_)); }
  void buffers() {
    member("input", "nullptr");
    if (adds_) member("other", "nullptr");
    member("output", "nullptr");
  }
  void memory() {
    const std::string prepared = commented("prepared", call_.prepared ? id_ + "_prepared" : "nullptr");
    member("memory", fmt::format("{{{}, {}}}", prepared, commented("scratch", "nullptr")));
  }

 private:
  void member(const char* name, std::string value) { call_.members.emplace_back(name, std::move(value)); }

  KernelCall& call_;
  const std::string& id_;
  bool adds_;
};

// The shape of the whole layer or, in the front end, of one column.
ConvShape shape_called(const ExecutionPlan& plan, std::size_t i) {
  const fb::Model& model = *plan.model;
  if (plan.front_end.has(i)) return front_end_shape(model, plan.front_end, i);
  return layer_shape(model, *model.layers()->Get(static_cast<std::uint32_t>(i)));
}

void print_prepared(const ExecutionPlan& plan, std::size_t i, const std::string& id, KernelCall& call) {
  const fb::Layer& layer = *plan.model->layers()->Get(static_cast<std::uint32_t>(i));
  const ConvShape shape = shape_run(plan, i);
  const std::size_t bytes = conv_prepared_bytes(*plan.model, layer, shape, plan.variant[i]);
  if (bytes == 0) return;
  const AlignedBytes memory = allocate_aligned(bytes);
  std::fill_n(memory.get(), bytes, std::byte{0});  // padding bytes must be the same in every export
  prepare_conv(*plan.model, layer, shape, plan.variant[i], memory.get());
  call.prepared = true;
  call.arrays.push_back(c_array_of_bytes(id + "_prepared", {memory.get(), bytes}));
}

// The function is <op>[_<form>]_<isa>[_fixed].
template <class Args>
void name_kernel(const NamedKernel<Args>& kernel, int variant, KernelCall& call) {
  call.folder = kernel.folder;
  call.family = kernel.header;
  call.op = kernel.op;
  call.header = fmt::format("kernels/{}/{}.h", kernel.folder, kernel.header);
  call.args_type = kernel.args_type;
  call.input_type = pointee_name<decltype(Args::input)>();
  call.output_type = pointee_name<decltype(Args::output)>();
  if constexpr (kHasOther<Args>) call.other_type = pointee_name<decltype(Args::other)>();
  const Variant<Args>& v = kernel.variants[variant];
  std::string isa = to_string(v.isa);
  std::erase(isa, '-');
  const std::string ending = *v.form == 0 ? isa : fmt::format("{}_{}", v.form, isa);
  call.is_fixed = v.has_fixed;
  call.prepares_constants = v.prepares_constants;
  call.function = fmt::format("{}_{}{}", call.op, ending, v.has_fixed ? "_fixed" : "");
  call.file = kernel_file(call, {ending, isa});  // a form may have its own file
}

}  // namespace

KernelCall kernel_call(const ExecutionPlan& plan, std::size_t i, const std::string& id) {
  const fb::Model& model = *plan.model;
  const fb::Layer& layer = *model.layers()->Get(static_cast<std::uint32_t>(i));
  KernelCall call;
  call.shape = shape_called(plan, i);
  call.scratch_bytes = conv_scratch_bytes(model, layer, shape_run(plan, i), plan.variant[i]);
  print_prepared(plan, i, id, call);
  use_layer({model, layer, call.shape}, [&]<class Args>(const NamedKernel<Args>& kernel, auto&& describe) {
    name_kernel(kernel, plan.variant[i], call);
    describe(PrintArgs(call, id, kHasOther<Args>));
  });
  return call;
}

std::string shape_text(const ConvShape& s) {
  static_assert(sizeof(ConvShape) == 15 * sizeof(std::int32_t), "shape_text() must print every member");
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
