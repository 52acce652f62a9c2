// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/mean/mean.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Use>
void use_mean(const LayerView& l, const Use& use) {
  const fb::Mean& op = *l.layer.op_as_Mean();
  use(NamedKernel<MeanArgs>{"mean", "mean", "mean", "MeanArgs", only<mean_scalar>()}, [&](auto&& bind) {
    bind.buffers();
    bind("in_h", &MeanArgs::in_h, l.in.height());
    bind("in_w", &MeanArgs::in_w, l.in.width());
    bind("channels", &MeanArgs::channels, l.in.channels());
    bind("pool_h", &MeanArgs::pool_h, op.pool_h());
    bind("pool_w", &MeanArgs::pool_w, op.pool_w());
    bind("in_zero_point", &MeanArgs::in_zero_point, l.in.zero_point());
    bind("out_zero_point", &MeanArgs::out_zero_point, l.out.zero_point());
    bind("multiplier", &MeanArgs::multiplier, op.multiplier());
    bind("shift", &MeanArgs::shift, op.shift());
  });
}

}  // namespace stapes
