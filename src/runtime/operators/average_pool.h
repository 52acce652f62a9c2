// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/average_pool/average_pool.h"
#include "kernels/average_pool/average_windows.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Use>
void use_average_windows(const LayerView& l, const Use& use) {
  const fb::Window& w = *l.layer.op_as_AveragePool()->window();
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"average_pool", "average_windows", name, args_type, variants},
        [&](auto&& bind) { bind_window<Args>(l, w, bind); });
  };
  l.in.dtype() == fb::DType::kI8
      ? run("average_windows_i8", "AverageWindowsArgs<int8_t>", only<average_windows_i8_scalar>())
      : run("average_windows_f32", "AverageWindowsArgs<float>", only<average_windows_f32_scalar>());
}

template <class Use>
void use_average_pool(const LayerView& l, const Use& use) {
  const fb::AveragePool& op = *l.layer.op_as_AveragePool();
  if (op.window() != nullptr) return use_average_windows(l, use);
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"average_pool", "average_pool", name, args_type, variants}, [&](auto&& bind) {
      bind.buffers();
      bind("in_h", &Args::in_h, l.in.height());
      bind("in_w", &Args::in_w, l.in.width());
      bind("channels", &Args::channels, l.in.channels());
      bind("pool_h", &Args::pool_h, op.pool_h());
      bind("pool_w", &Args::pool_w, op.pool_w());
      bind("shift", &Args::shift, op.shift());
    });
  };
  switch (l.in.dtype()) {
    case fb::DType::kI8:
      return run("average_pool_i8", "AveragePoolArgs<int8_t, int8_t>", average_pool_i8_variants());
    case fb::DType::kI16:
      return run("sum_pool_i16", "AveragePoolArgs<int16_t, int32_t>", only<sum_pool_i16_scalar>());
    case fb::DType::kI32:
      return run("sum_pool_i32", "AveragePoolArgs<int32_t, int32_t>", only<sum_pool_i32_scalar>());
    default:
      return run("average_pool_f32", "AveragePoolArgs<float, float>", only<average_pool_f32_scalar>());
  }
}

}  // namespace stapes
