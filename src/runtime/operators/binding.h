// SPDX-License-Identifier: Apache-2.0
// binding.h: describes the arguments of a kernel once. The runtime fills them in and an export prints them, each with
// its own binder. A description names the struct's members in order:
//   bind.shape()                          `shape` of a convolution
//   bind("shift", &Args::shift, 3)        a number or a bool
//   bind("bias", &Args::bias, op.bias())  an array of the model; null if it has none
//   bind.weights(...)                     the same; null in an export if the kernel has its own layout
//   bind.constants(...)                   the same; null in an export if that layout includes the array
//   bind.group("a", &Args::a, describe)   a nested struct
//   bind.buffers(), bind.memory()         set only at run time
#pragma once

#include <cstdint>

#include "kernels/variant.h"
#include "packed/shapes.h"

namespace stapes {

// A layer of a checked model and the shape in which it runs: whole, some rows or one column; all 0 if not a
// convolution.
struct LayerView {
  LayerView(const fb::Model& model, const fb::Layer& of, const ConvShape& run_as)
      : layer(of),
        in(input_tensor(model, of)),
        out(output_tensor(model, of)),
        other(is_addition(of) ? &second_input_tensor(model, of) : nullptr),
        shape(run_as) {}

  const fb::Layer& layer;
  const fb::Tensor &in, &out;
  const fb::Tensor* other;  // the second input of an addition
  const ConvShape shape;

  std::int32_t positions() const { return in.height() * in.width(); }
};

// A kernel and its names in the source. kernels/FOLDER/HEADER.h declares it and its arguments; variants' names begin
// with `op`.
template <class Args>
struct NamedKernel {
  const char *folder, *header, *op, *args_type;
  Variants<Args> variants;
};

template <class Run>
struct ArgsOfRun;
template <class Args>
struct ArgsOfRun<void (*)(const Args&) noexcept> {
  using Type = Args;
};

// For operators whose only variant is the scalar definition.
template <auto kRun>
inline constexpr Variant<typename ArgsOfRun<decltype(kRun)>::Type> kDefinition{Isa::kScalar, kRun};
template <auto kRun>
constexpr Variants<typename ArgsOfRun<decltype(kRun)>::Type> only() {
  return {&kDefinition<kRun>, 1};
}

// Fills in arguments; buffers and memory stay null.
template <class Args>
class FillArgs {
 public:
  FillArgs(Args& args, const ConvShape& shape) : args_(args), shape_(shape) {}

  template <class T, class Value>
  void operator()(const char*, T Args::*member, Value value) const {
    args_.*member = value;
  }
  template <class T>
  void operator()(const char*, const T* Args::*member, const flatbuffers::Vector<T>* values) const {
    args_.*member = values == nullptr ? nullptr : values->data();
  }
  template <class T>
  void weights(const char* name, const T* Args::*member, const flatbuffers::Vector<T>* values) const {
    (*this)(name, member, values);
  }
  template <class T>
  void constants(const char* name, const T* Args::*member, const flatbuffers::Vector<T>* values) const {
    (*this)(name, member, values);
  }
  template <class Group, class Describe>
  void group(const char*, Group Args::*member, const Describe& describe) const {
    describe(FillArgs<Group>(args_.*member, shape_));
  }
  void shape() const { args_.shape = shape_; }
  void buffers() const {}
  void memory() const {}

 private:
  Args& args_;
  const ConvShape& shape_;
};

template <class Args, class Describe>
Args filled(const ConvShape& shape, const Describe& describe) {
  Args args{};
  describe(FillArgs<Args>(args, shape));
  return args;
}

// Kernels with windows that may overlap and have padding.
template <class Args, class Bind>
void bind_window(const LayerView& l, const fb::Window& w, Bind& bind) {
  bind.buffers();
  bind("in_h", &Args::in_h, l.in.height());
  bind("in_w", &Args::in_w, l.in.width());
  bind("channels", &Args::channels, l.in.channels());
  bind("out_h", &Args::out_h, l.out.height());
  bind("out_w", &Args::out_w, l.out.width());
  bind("kernel_h", &Args::kernel_h, w.kernel_h());
  bind("kernel_w", &Args::kernel_w, w.kernel_w());
  bind("stride_h", &Args::stride_h, w.stride_h());
  bind("stride_w", &Args::stride_w, w.stride_w());
  bind("pad_h", &Args::pad_h, w.pad_h());
  bind("pad_w", &Args::pad_w, w.pad_w());
}

template <class Args>
inline constexpr bool kHasShape = requires(Args args) {
  args.shape;
};
template <class Args>
inline constexpr bool kHasOther = requires(Args args) {
  args.other;
};
template <class Args>
inline constexpr bool kHasMemory = requires(Args args) {
  args.memory;
};

}  // namespace stapes
