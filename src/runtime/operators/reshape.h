// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/reshape/reshape.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Use>
void use_reshape(const LayerView& l, const Use& use) {
  use(NamedKernel<ReshapeArgs>{"reshape", "reshape", "reshape", "ReshapeArgs", only<reshape_scalar>()},
      [&](auto&& bind) {
        bind.buffers();
        bind("bytes", &ReshapeArgs::bytes, static_cast<std::int32_t>(tensor_bytes(l.in)));
      });
}

}  // namespace stapes
