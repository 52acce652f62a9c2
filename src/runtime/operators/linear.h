// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/linear/linear.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Op, class Args, class Use>
void use_matrix(const Op& op, const LayerView& l, const NamedKernel<Args>& kernel, const Use& use) {
  use(kernel, [&](auto&& bind) {
    bind("weights", &Args::weights, op.weights());
    bind("bias", &Args::bias, op.bias());
    bind.buffers();
    bind("inputs", &Args::inputs, l.in.channels());
    bind("outputs", &Args::outputs, l.out.channels());
    bind("zero_point", &Args::zero_point, l.in.zero_point());
    bind("scale", &Args::scale, l.in.scale());
  });
}

template <class Use>
void use_linear_f32(const LayerView& l, const Use& use) {
  const fb::LinearF32& op = *l.layer.op_as_LinearF32();
  if (l.in.dtype() == fb::DType::kI8) {
    return use_matrix(
        op, l,
        NamedKernel<LinearF32FromI8Args>{"linear", "linear", "linear_f32_from_i8", "LinearArgs<float, int8_t, float>",
                                         only<linear_f32_from_i8_scalar>()},
        use);
  }
  use_matrix(op, l,
             NamedKernel<LinearF32Args>{"linear", "linear", "linear_f32", "LinearArgs<float, float, float>",
                                        only<linear_f32_scalar>()},
             use);
}

// The forms with int8 output.
template <class Op, class Use>
void use_rescaled_matrix(const Op& op, const LayerView& l, const NamedKernel<LinearI8ToI8Args>& kernel,
                         const Use& use) {
  using Args = LinearI8ToI8Args;
  use(kernel, [&](auto&& bind) {
    bind("weights", &Args::weights, op.weights());
    bind("bias", &Args::bias, op.bias());
    bind("multiplier", &Args::multiplier, op.multiplier());
    bind("shift", &Args::shift, op.shift());
    bind.buffers();
    bind("inputs", &Args::inputs, l.in.channels());
    bind("outputs", &Args::outputs, l.out.channels());
    bind("in_zero_point", &Args::in_zero_point, l.in.zero_point());
    bind("out_zero_point", &Args::out_zero_point, l.out.zero_point());
    bind("minimum", &Args::minimum, op.minimum());
    bind("maximum", &Args::maximum, op.maximum());
  });
}
template <class Use>
void use_linear_i8_once(const LayerView& l, const Use& use) {
  use_rescaled_matrix(*l.layer.op_as_LinearI8Once(), l,
                      {"linear", "linear", "linear_i8_once", "LinearI8ToI8Args", only<linear_i8_once_scalar>()}, use);
}

template <class Use>
void use_linear_i8(const LayerView& l, const Use& use) {
  const fb::LinearI8& op = *l.layer.op_as_LinearI8();
  if (l.out.dtype() == fb::DType::kI8) {
    return use_rescaled_matrix(
        op, l, {"linear", "linear", "linear_i8_to_i8", "LinearI8ToI8Args", only<linear_i8_to_i8_scalar>()}, use);
  }
  use_matrix(op, l,
             NamedKernel<LinearI8Args>{"linear", "linear", "linear_i8", "LinearArgs<int8_t, int8_t, int32_t>",
                                       only<linear_i8_scalar>()},
             use);
}

template <class Use>
void use_linear_i16(const LayerView& l, const Use& use) {
  use_matrix(*l.layer.op_as_LinearI16(), l,
             NamedKernel<LinearI16Args>{"linear", "linear", "linear_i16", "LinearArgs<int16_t, int32_t, int32_t>",
                                        only<linear_i16_scalar>()},
             use);
}

}  // namespace stapes
