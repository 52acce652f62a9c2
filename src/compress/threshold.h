// SPDX-License-Identifier: Apache-2.0
// threshold.h: folds everything between two binary convolutions into one integer comparison per channel.
//
//   s        the integer sum of a convolution
//   v        f(slope * s + offset)              alpha (or the batch norm of a non-binary layer), then ReLU, ReLU6 or
//                                               RPReLU
//   bit      next.scale * v + next.shift > 0    the next layer's batch norm, then sign
//
// All of this is monotonic in s, so bit = (s >= threshold), or the opposite if `falling`. Max-pools commute with
// monotonic functions, so s itself is pooled. Layers: arXiv:1603.05279.
#pragma once

#include <cstdint>
#include <limits>

#include "compress/batch_norm.h"

namespace stapes {

struct Decision {
  static constexpr std::int32_t kAlways = std::numeric_limits<std::int32_t>::min();
  static constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();

  std::int32_t threshold = kAlways;
  bool falling = false;
};

// f(x) = x - threshold + offset above `threshold`, slope * (x - threshold) + offset below, but at most `ceiling`. The
// default is ReLU. slope >= 0.
struct Activation {
  double threshold = 0, slope = 0, offset = 0;
  double ceiling = std::numeric_limits<double>::infinity();
};

// `before` converts s to the activation's input; `next` is the next layer's batch norm.
Decision fold_decision(Affine before, Affine next, Activation activation = {});

}  // namespace stapes
