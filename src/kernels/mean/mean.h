// SPDX-License-Identifier: Apache-2.0
// mean.h: int8 mean of each channel over pool_h x pool_w positions, stride = pool size, with its own output scale
// (TensorFlow Lite's MEAN; kernels/requantize.h, mean_params.h):
//   output[Y][X][c] = clamp(out_zero_point + rescale(sum of (input - in_zero_point), multiplier, shift), -128, 127)
// The rescaling includes the division, so results may differ by 1 from average_pool.h.
#pragma once

#include <stdint.h>

namespace stapes {

struct MeanArgs {
  const int8_t* input;  // [in_h][in_w][channels]
  int8_t* output;       // [in_h / pool_h][in_w / pool_w][channels]; must not overlap the input
  int32_t in_h, in_w, channels;
  int32_t pool_h, pool_w;
  int32_t in_zero_point, out_zero_point;
  int32_t multiplier, shift;  // 0 to 2^31 - 1, -31 to 30; 255 * pool_h * pool_w * 2^max(shift, 0) < 2^30
};

void mean_scalar(const MeanArgs& a) noexcept;

}  // namespace stapes
