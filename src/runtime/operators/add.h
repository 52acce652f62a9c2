// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/add/add.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Use>
void use_add_f32(const LayerView& l, const Use& use) {
  use(NamedKernel<AddF32Args>{"add", "add", "add_f32", "AddF32Args", only<add_f32_scalar>()}, [&](auto&& bind) {
    bind.buffers();
    bind("count", &AddF32Args::count, l.positions() * l.in.channels());
    bind("relu", &AddF32Args::relu, l.layer.op_as_AddF32()->relu());
    bind("relu6", &AddF32Args::relu6, l.layer.op_as_AddF32()->relu6());
  });
}

template <class Use>
void use_add_i8(const LayerView& l, const Use& use) {
  const fb::AddI8& op = *l.layer.op_as_AddI8();
  const auto branch = [](const fb::Tensor& tensor, std::int32_t multiplier, std::int32_t shift) {
    return [&tensor, multiplier, shift](auto&& bind) {
      bind("zero_point", &AddI8Branch::zero_point, tensor.zero_point());
      bind("multiplier", &AddI8Branch::multiplier, multiplier);
      bind("shift", &AddI8Branch::shift, shift);
    };
  };
  use(NamedKernel<AddI8Args>{"add", "add", "add_i8", "AddI8Args", add_i8_variants()}, [&](auto&& bind) {
    bind.buffers();
    bind("count", &AddI8Args::count, l.positions() * l.in.channels());
    bind.group("a", &AddI8Args::a, branch(l.in, op.multiplier_a(), op.shift_a()));
    bind.group("b", &AddI8Args::b, branch(*l.other, op.multiplier_b(), op.shift_b()));
    bind("multiplier", &AddI8Args::multiplier, op.multiplier());
    bind("shift", &AddI8Args::shift, op.shift());
    bind("out_zero_point", &AddI8Args::out_zero_point, l.out.zero_point());
    bind("minimum", &AddI8Args::minimum, op.minimum());
    bind("maximum", &AddI8Args::maximum, op.maximum());
  });
}

template <class Use>
void use_add_i32(const LayerView& l, const Use& use) {
  const fb::AddI32& op = *l.layer.op_as_AddI32();
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"add", "add", name, args_type, variants}, [&](auto&& bind) {
      bind.buffers();
      bind("a_multiplier", &Args::a_multiplier, op.multiplier_a());
      bind("b_multiplier", &Args::b_multiplier, op.multiplier_b());
      bind("positions", &Args::positions, l.positions());
      bind("channels", &Args::channels, l.in.channels());
      bind("relu", &Args::relu, op.relu());
    });
  };
  l.other->dtype() == fb::DType::kI16 ? run("add_i32_from_i16", "AddI32Args<int16_t>", only<add_i32_from_i16_scalar>())
                                      : run("add_i32_from_i32", "AddI32Args<int32_t>", only<add_i32_from_i32_scalar>());
}

}  // namespace stapes
