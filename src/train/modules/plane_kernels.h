// SPDX-License-Identifier: Apache-2.0
// plane_kernels.h: single-pass float32 kernels on one plane (one channel of one clip), for fused_block.h.
#pragma once

#include <cstdint>
#include <span>

#include "runs/binary_rule.h"

namespace stapes {

// y = scale * x + offset: a batch norm with known statistics.
struct PlaneAffine {
  float scale = 1, offset = 0;
};

// Adjacent windows of height x width over rows of `row` values; incomplete windows are dropped.
struct PoolWindows {
  std::int64_t height, width, row;
};

struct Moments {
  double first = 0, second = 0;
};

// Sums of x and of x * x.
Moments moments(std::span<const float> x);

// out[w] = max(0, largest of affine(x) in window w). winner[w]: index of the maximum in x (the first if tied), or -1
// where ReLU outputs 0. For windows of one value use relu_plane().
void pool_relu_plane(std::span<const float> x, PoolWindows windows, PlaneAffine affine, std::span<float> out,
                     std::span<std::int32_t> winner);

// relu_plane: out = max(0, y), y = affine(x). relu_gradient_plane: out = gradient * d max(0, y) / dy.
void relu_plane(std::span<const float> x, PlaneAffine affine, std::span<float> out);
void relu_gradient_plane(std::span<const float> x, PlaneAffine affine, std::span<const float> gradient,
                         std::span<float> out);

// out = sign(affine(x)); sign(0) is 0 if `zero_is_zero`, otherwise -1.
void sign_plane(std::span<const float> x, PlaneAffine affine, bool zero_is_zero, std::span<float> out);

// gradient * d(sign)/dy at y = affine(x), with the surrogate derivative of `rule` (binary_layers.h).
void sign_gradient_plane(std::span<const float> x, PlaneAffine affine, SignGradient rule,
                         std::span<const float> gradient, std::span<float> out);

// Sums of g and of g * (x - mean).
Moments gradient_moments(std::span<const float> x, double mean, std::span<const float> gradient);
// The same with a gradient that is 0 except at `winner`.
Moments gradient_moments(std::span<const float> x, double mean, std::span<const float> gradient,
                         std::span<const std::int32_t> winner);

// The term added to scale * g in a batch norm's gradient: slope * (x - mean) + offset. Not a PlaneAffine: the rounding
// error of a merged offset would be the same for a whole channel and add up in earlier layers.
struct CenteredAffine {
  float mean, slope, offset;
};

// out = scale * gradient + rest(x). `gradient` and `out` may be the same memory.
void norm_gradient_plane(std::span<const float> x, CenteredAffine rest, float scale, std::span<const float> gradient,
                         std::span<float> out);

// out = rest(x), for a gradient that is 0 almost everywhere.
void norm_gradient_plane(std::span<const float> x, CenteredAffine rest, std::span<float> out);

// out[winner[w]] += scale * gradient[w]: max-pool backward.
void add_at_winners(float scale, std::span<const float> gradient, std::span<const std::int32_t> winner,
                    std::span<float> out);

}  // namespace stapes
