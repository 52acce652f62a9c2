// SPDX-License-Identifier: Apache-2.0
// add_params.h: derives the parameters of an int8 addition from its scales by the TFLite rules. Host only.
#pragma once

#include "kernels/quantize_multiplier.h"

namespace stapes {

// Steps of the sum per step of the common scale.
constexpr double kAddSteps = 1 << 20;

// Twice the larger scale.
inline double add_common_scale(double a_scale, double b_scale) { return 2 * (a_scale > b_scale ? a_scale : b_scale); }

struct AddParams {
  FixedPointFactor a, b, out;
};
inline AddParams add_params(double a_scale, double b_scale, double out_scale) {
  const double common = add_common_scale(a_scale, b_scale);
  return {quantize_multiplier(a_scale / common), quantize_multiplier(b_scale / common),
          quantize_multiplier(common / (kAddSteps * out_scale))};
}

// Sets the fields of `layer`, an AddI8T.
template <class Layer>
void set_add_params(Layer& layer, const AddParams& params) {
  layer.multiplier_a = params.a.multiplier;
  layer.shift_a = params.a.shift;
  layer.multiplier_b = params.b.multiplier;
  layer.shift_b = params.b.shift;
  layer.multiplier = params.out.multiplier;
  layer.shift = params.out.shift;
}

}  // namespace stapes
