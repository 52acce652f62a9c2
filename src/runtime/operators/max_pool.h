// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/max_pool/max_pool.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Use>
void use_max_pool(const LayerView& l, const Use& use) {
  const fb::Window& w = *l.layer.op_as_MaxPool()->window();
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"max_pool", "max_pool", name, args_type, variants}, [&](auto&& bind) {
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
    });
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
