// SPDX-License-Identifier: Apache-2.0
// add_i8_lanes.h: int8 additions on the machines of loops/tiled, one element per 32-bit lane.
#pragma once

#include <stdint.h>

#include "kernels/add/add.h"

namespace stapes {
namespace {

// rescale() with one factor for all lanes (loops/tiled/finish.h). The left shift includes the doubling.
template <class M>
typename M::Rescale lanes_rescale(int32_t multiplier, int32_t shift) {
  return {M::all(multiplier), M::all(1 + (shift > 0 ? shift : 0)), M::all(shift < 0 ? int32_t{1} << (-shift - 1) : 0),
          M::all(shift < 0 ? -shift : 0)};
}

template <class M>
class LanesAdd {
 public:
  using Sums = typename M::Sums;

  explicit LanesAdd(const AddI8Args& a)
      : from_a_(lanes_rescale<M>(a.a.multiplier, a.a.shift)),
        from_b_(lanes_rescale<M>(a.b.multiplier, a.b.shift)),
        rescale_(lanes_rescale<M>(a.multiplier, a.shift)),
        minus_zero_a_(M::all(-a.a.zero_point)),
        minus_zero_b_(M::all(-a.b.zero_point)),
        out_zero_(M::all(a.out_zero_point)),
        minimum_(M::all(a.minimum)),
        maximum_(M::all(a.maximum)) {}

  void add(Sums a, Sums b, int8_t* output, int32_t count) const {
    const Sums sum = M::add(from_a_(on_steps(a, minus_zero_a_)), from_b_(on_steps(b, minus_zero_b_)));
    const Sums moved = M::add(rescale_(sum), out_zero_);
    M::store(M::min(M::max(moved, minimum_), maximum_), count, output);
  }

 private:
  static Sums on_steps(Sums q, Sums minus_zero) {
    return M::template shift_left<kAddHeadroomBits>(M::add(q, minus_zero));
  }

  typename M::Rescale from_a_, from_b_, rescale_;
  Sums minus_zero_a_, minus_zero_b_, out_zero_, minimum_, maximum_;
};

template <class M>
void add_i8_lanes(const AddI8Args& args) {
  const LanesAdd<M> lanes(args);
  int32_t i = 0;
  for (; i + M::kLanes <= args.count; i += M::kLanes) {
    lanes.add(M::widen(args.input + i), M::widen(args.other + i), args.output + i, M::kLanes);
  }
  const int32_t rest = args.count - i;
  if (rest == 0) return;
  lanes.add(M::widen(args.input + i, rest), M::widen(args.other + i, rest), args.output + i, rest);
}

}  // namespace
}  // namespace stapes
