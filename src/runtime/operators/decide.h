// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/decide/decide.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Use>
void use_decide(const LayerView& l, const Use& use) {
  const fb::Thresholds& t = *l.layer.op_as_Decide()->thresholds();
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"decide", "decide", name, args_type, variants}, [&](auto&& bind) {
      bind.buffers();
      bind("threshold", &Args::threshold, t.threshold());
      bind("falling", &Args::falling, t.falling());
      bind("positions", &Args::positions, l.positions());
      bind("channels", &Args::channels, l.in.channels());
    });
  };
  l.in.dtype() == fb::DType::kI16 ? run("decide_from_i16", "DecideArgs<int16_t>", only<decide_from_i16_scalar>())
                                  : run("decide_from_i32", "DecideArgs<int32_t>", only<decide_from_i32_scalar>());
}

}  // namespace stapes
