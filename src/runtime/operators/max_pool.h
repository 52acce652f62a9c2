// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/max_pool/max_pool.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Use>
void use_max_pool(const LayerView& l, const Use& use) {
  const fb::Window& w = *l.layer.op_as_MaxPool()->window();
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"max_pool", "max_pool", name, args_type, variants},
        [&](auto&& bind) { bind_window<Args>(l, w, bind); });
  };
  switch (l.in.dtype()) {
    case fb::DType::kF32:
      return run("max_pool_f32", "MaxPoolArgs<float>", only<max_pool_f32_scalar>());
    case fb::DType::kI8:
      return run("max_pool_i8", "MaxPoolArgs<int8_t>", only<max_pool_i8_scalar>());
    case fb::DType::kI16:
      return run("max_pool_i16", "MaxPoolArgs<int16_t>", only<max_pool_i16_scalar>());
    case fb::DType::kI32:
      return run("max_pool_i32", "MaxPoolArgs<int32_t>", only<max_pool_i32_scalar>());
    case fb::DType::kBits:
      return run("max_pool_bits", "MaxPoolArgs<uint32_t>", only<max_pool_bits_scalar>());
  }
}

}  // namespace stapes
