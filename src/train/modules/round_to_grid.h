// SPDX-License-Identifier: Apache-2.0
// round_to_grid.h: rounds activations to the integer grid; the forward pass equals the integer kernels.
#pragma once

#include <torch/torch.h>

#include "kernels/quantize_multiplier.h"

namespace stapes {

struct ActivationGrid {
  double scale = 1;  // real = scale * (q - zero_point), q in [lowest, highest]
  std::int64_t zero_point = 0;
  std::int32_t lowest = -128, highest = 127;
};

// Rounds y [N][C][H][W], a convolution's output after bias, pool and ReLU, as the integer kernels do: y /
// accumulator_scales[c] is the int32 sum, rescaled with both roundings of kernels/requantize.h. Gradients pass where
// the sum is inside the grid.
//   accumulator_scales  [C] float64: scale of the filter's weights times scale of the input
torch::Tensor rescale_to_grid(const torch::Tensor& y, const torch::Tensor& accumulator_scales, ActivationGrid grid);

// Mean over all positions of x [N][C][H][W], rounded as in average_pool.h: halves away from zero. Returns [N][C][1][1]
// with the gradient of the exact mean.
torch::Tensor average_on_grid(const torch::Tensor& x, ActivationGrid grid);

// The parameters of an 8-bit addition (kernels/add/add.h).
struct GridAddition {
  ActivationGrid a, b, out;
  FixedPointFactor from_a, from_b, to_out;
  bool relu = false;
};

// a + b on the output grid, bit-identical to the integer kernel; a and b must be on their grids. Gradients pass where
// the sum is inside the output grid and, with `relu`, above 0.
torch::Tensor add_on_grid(const torch::Tensor& a, const torch::Tensor& b, const GridAddition& addition);

}  // namespace stapes
