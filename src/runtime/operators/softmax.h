// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/softmax/softmax.h"
#include "kernels/softmax/softmax_f32.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Use>
void use_softmax_f32(const LayerView& l, const Use& use) {
  using Args = SoftmaxF32Args;
  use(NamedKernel<Args>{"softmax", "softmax_f32", "softmax_f32", "SoftmaxF32Args", only<softmax_f32_scalar>()},
      [&](auto&& bind) {
        bind.buffers();
        bind("positions", &Args::positions, l.positions());
        bind("channels", &Args::channels, l.in.channels());
      });
}

template <class Use>
void use_logistic_f32(const LayerView& l, const Use& use) {
  using Args = LogisticF32Args;
  use(NamedKernel<Args>{"softmax", "softmax_f32", "logistic_f32", "LogisticF32Args", only<logistic_f32_scalar>()},
      [&](auto&& bind) {
        bind.buffers();
        bind("count", &Args::count, l.positions() * l.in.channels());
      });
}

template <class Use>
void use_softmax(const LayerView& l, const Use& use) {
  if (l.in.dtype() == fb::DType::kF32) return use_softmax_f32(l, use);
  const fb::Softmax& op = *l.layer.op_as_Softmax();
  use(NamedKernel<SoftmaxArgs>{"softmax", "softmax", "softmax", "SoftmaxArgs", only<softmax_scalar>()},
      [&](auto&& bind) {
        bind.buffers();
        bind("positions", &SoftmaxArgs::positions, l.positions());
        bind("channels", &SoftmaxArgs::channels, l.in.channels());
        bind("multiplier", &SoftmaxArgs::multiplier, op.multiplier());
        bind("shift", &SoftmaxArgs::shift, op.shift());
        bind("diff_min", &SoftmaxArgs::diff_min, op.diff_min());
      });
}

template <class Use>
void use_logistic(const LayerView& l, const Use& use) {
  if (l.in.dtype() == fb::DType::kF32) return use_logistic_f32(l, use);
  const fb::Logistic& op = *l.layer.op_as_Logistic();
  use(NamedKernel<LogisticArgs>{"softmax", "softmax", "logistic", "LogisticArgs", only<logistic_scalar>()},
      [&](auto&& bind) {
        bind.buffers();
        bind("count", &LogisticArgs::count, l.positions() * l.in.channels());
        bind("zero_point", &LogisticArgs::zero_point, l.in.zero_point());
        bind("multiplier", &LogisticArgs::multiplier, op.multiplier());
        bind("shift", &LogisticArgs::shift, op.shift());
        bind("range_radius", &LogisticArgs::range_radius, op.range_radius());
      });
}

}  // namespace stapes
