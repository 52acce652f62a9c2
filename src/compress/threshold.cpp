// SPDX-License-Identifier: Apache-2.0
#include "compress/threshold.h"

#include <cmath>

namespace stapes {
namespace {

// `bound`, an integer, clamped to [kAlways, kNever].
std::int32_t clamp_threshold(double bound) {
  if (bound <= static_cast<double>(Decision::kAlways)) return Decision::kAlways;
  if (bound >= static_cast<double>(Decision::kNever)) return Decision::kNever;
  return static_cast<std::int32_t>(bound);
}

Decision constant(bool bit) { return {bit ? Decision::kAlways : Decision::kNever, false}; }
Decision above(double bound) { return {clamp_threshold(std::floor(bound) + 1), false}; }  // s > bound
Decision below(double bound) { return {clamp_threshold(std::ceil(bound)), true}; }        // s < bound

}  // namespace

Decision fold_decision(Affine before, Affine next, Activation activation) {
  if (next.scale == 0) return constant(next.shift > 0);
  const double t = -next.shift / next.scale;  // the bit changes where v crosses t
  const bool wants_above = next.scale > 0;
  if (wants_above ? t >= activation.ceiling : t > activation.ceiling) return constant(!wants_above);
  // u, the value before the activation, crosses `edge` where v crosses t. Below its threshold the activation may be
  // flat (ReLU); if t lies there, the bit is constant.
  const double rise = t - activation.offset;
  const bool flat = activation.slope <= 0;
  if (flat && (wants_above ? rise < 0 : rise <= 0)) return constant(wants_above);
  const double edge = activation.threshold + (rise >= 0 ? rise : rise / activation.slope);
  if (before.scale == 0) return constant(wants_above ? before.shift > edge : before.shift < edge);
  const double bound = (edge - before.shift) / before.scale;
  const bool rising = wants_above == (before.scale > 0);
  return rising ? above(bound) : below(bound);
}

}  // namespace stapes
