#include "compress/threshold.h"

#include <cmath>

namespace stapes {
namespace {

// The smallest integer that is >= `bound`, or one of the two constants.
std::int32_t clamp_threshold(double bound) {
  if (bound <= static_cast<double>(Decision::kAlways)) return Decision::kAlways;
  if (bound >= static_cast<double>(Decision::kNever)) return Decision::kNever;
  return static_cast<std::int32_t>(bound);
}

Decision constant(bool bit) { return {bit ? Decision::kAlways : Decision::kNever, false}; }
Decision above(double bound) { return {clamp_threshold(std::floor(bound) + 1), false}; }  // s > bound
Decision below(double bound) { return {clamp_threshold(std::ceil(bound)), true}; }        // s < bound

}  // namespace

Decision fold_decision(Affine before, Affine next) {
  if (next.scale == 0) return constant(next.shift > 0);
  const double t = -next.shift / next.scale;  // the bit changes where v crosses t
  const bool wants_above = next.scale > 0;
  // v >= 0 always, so a t on the other side of 0 decides without looking.
  if (wants_above && t < 0) return constant(true);
  if (!wants_above && t <= 0) return constant(false);
  // From here t >= 0, and ReLU changes nothing: max(0, x) > t is x > t, and max(0, x) < t is x < t (t > 0).
  if (before.scale == 0) return constant(wants_above ? before.shift > t : before.shift < t);
  const double bound = (t - before.shift) / before.scale;
  const bool rising = wants_above == (before.scale > 0);
  return rising ? above(bound) : below(bound);
}

}  // namespace stapes
