// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/threshold/threshold.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Use>
void use_threshold(const LayerView& l, const Use& use) {
  const fb::Thresholds& t = *l.layer.op_as_Threshold()->thresholds();
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"threshold", "threshold", name, args_type, variants}, [&](auto&& bind) {
      bind.buffers();
      bind("threshold", &Args::threshold, t.threshold());
      bind("falling", &Args::falling, t.falling());
      bind("positions", &Args::positions, l.positions());
      bind("channels", &Args::channels, l.in.channels());
    });
  };
  l.in.dtype() == fb::DType::kI16
      ? run("threshold_from_i16", "ThresholdArgs<int16_t>", only<threshold_from_i16_scalar>())
      : run("threshold_from_i32", "ThresholdArgs<int32_t>", only<threshold_from_i32_scalar>());
}

}  // namespace stapes
