// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/transpose/transpose.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Use>
void use_transpose(const LayerView& l, const Use& use) {
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"transpose", "transpose", name, args_type, variants}, [&](auto&& bind) {
      bind.buffers();
      bind("width", &Args::width, l.in.width());
      bind("channels", &Args::channels, l.in.channels());
      bind("first", &Args::first, 0);
      bind("end", &Args::end, l.in.channels());
    });
  };
  switch (l.in.dtype()) {
    case fb::DType::kI8:
      return run("transpose_8", "TransposeArgs<uint8_t>", only<transpose_8_scalar>());
    case fb::DType::kI16:
      return run("transpose_16", "TransposeArgs<uint16_t>", only<transpose_16_scalar>());
    case fb::DType::kF32:
    case fb::DType::kI32:
      return run("transpose_32", "TransposeArgs<uint32_t>", only<transpose_32_scalar>());
    case fb::DType::kBits:
      return run("transpose_bits", "TransposeBitsArgs", only<transpose_bits_scalar>());
  }
}

}  // namespace stapes
