// SPDX-License-Identifier: Apache-2.0
// mean_params.h: derives the factor of an int8 mean as TensorFlow Lite does (QuantizedMeanOrSum): in_scale / out_scale
// is converted to fixed point, then divided by the count with truncation. Host only.
#pragma once

#include "kernels/quantize_multiplier.h"

namespace stapes {

// `count` >= 1. The multiplier may be below 2^30.
inline FixedPointFactor mean_params(double in_scale, double out_scale, int64_t count) {
  const FixedPointFactor whole = quantize_multiplier(in_scale / out_scale);
  int shift = 0;  // floor(log2(count))
  while (count >> (shift + 1) != 0) ++shift;
  if (shift > 31 + whole.shift) shift = 31 + whole.shift;
  return {static_cast<int32_t>((static_cast<int64_t>(whole.multiplier) << shift) / count), whole.shift - shift};
}

}  // namespace stapes
