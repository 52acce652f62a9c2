// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/swap/swap.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Use>
void use_swap(const LayerView& l, const Use& use) {
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"swap", "swap", name, args_type, variants}, [&](auto&& bind) {
      bind.buffers();
      bind("width", &Args::width, l.in.width());
      bind("channels", &Args::channels, l.in.channels());
      bind("first", &Args::first, 0);
      bind("end", &Args::end, l.in.channels());
    });
  };
  switch (l.in.dtype()) {
    case fb::DType::kI8:
      return run("swap_8", "SwapArgs<uint8_t>", only<swap_8_scalar>());
    case fb::DType::kI16:
      return run("swap_16", "SwapArgs<uint16_t>", only<swap_16_scalar>());
    case fb::DType::kF32:
    case fb::DType::kI32:
      return run("swap_32", "SwapArgs<uint32_t>", only<swap_32_scalar>());
    case fb::DType::kBits:
      return run("swap_bits", "SwapBitsArgs", only<swap_bits_scalar>());
  }
}

}  // namespace stapes
