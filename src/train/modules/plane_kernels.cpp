// SPDX-License-Identifier: Apache-2.0
#include "train/modules/plane_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "train/modules/wide_vectors.h"

namespace stapes {
namespace {

constexpr std::size_t kLanes = 16;

struct Best {
  float value;
  std::int64_t index;
};

// The first maximum of sign * x. Finding its value first and its position afterwards is several times faster.
STAPES_WIDE Best largest_in_row(const float* x, std::int64_t count, float sign) {
  std::array<float, kLanes> lanes;
  lanes.fill(sign * x[0]);
  std::int64_t i = 0;
  for (; i + static_cast<std::int64_t>(kLanes) <= count; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      const float value = sign * x[i + static_cast<std::int64_t>(k)];
      lanes[k] = value > lanes[k] ? value : lanes[k];
    }
  }
  float best = lanes[0];
  for (const float lane : lanes) best = lane > best ? lane : best;
  for (; i < count; ++i) best = sign * x[i] > best ? sign * x[i] : best;
  std::int64_t at = 0;
  while (at + 1 < count && sign * x[at] != best) ++at;
  return {best, at};
}

Best largest_in_window(const float* x, PoolWindows windows, float sign) {
  Best best = largest_in_row(x, windows.width, sign);
  for (std::int64_t r = 1; r < windows.height; ++r) {
    const Best row = largest_in_row(x + r * windows.row, windows.width, sign);
    if (row.value > best.value) best = {row.value, r * windows.row + row.index};
  }
  return best;
}

float relu(float y) { return y < 0 ? 0 : y; }  // NaN passes through: a diverged run must be visible

// One row of 2x2 windows over the input rows `above` and `below`.
STAPES_WIDE void pool_relu_pairs(const float* above, const float* below, std::int64_t row, std::int32_t start,
                                 PlaneAffine affine, float* out, std::int32_t* winner, std::int64_t count) {
  const float sign = affine.scale < 0 ? -1.0f : 1.0f;
  for (std::int64_t i = 0; i < count; ++i) {
    const float a = sign * above[2 * i], b = sign * above[2 * i + 1];
    const float c = sign * below[2 * i], d = sign * below[2 * i + 1];
    const auto left = static_cast<std::int32_t>(2 * i), lower = static_cast<std::int32_t>(row + 2 * i);
    const float upper_best = b > a ? b : a, lower_best = d > c ? d : c;
    const std::int32_t upper_at = b > a ? left + 1 : left, lower_at = d > c ? lower + 1 : lower;
    const float best = lower_best > upper_best ? lower_best : upper_best;
    const std::int32_t at = lower_best > upper_best ? lower_at : upper_at;
    const float y = affine.scale * (sign * best) + affine.offset;
    out[i] = y < 0 ? 0 : y;
    winner[i] = y > 0 ? start + at : -1;
  }
}

}  // namespace

STAPES_WIDE Moments moments(std::span<const float> x) {
  std::array<double, kLanes> sums{}, squares{};
  std::size_t i = 0;
  for (; i + kLanes <= x.size(); i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      const double value = x[i + k];
      sums[k] += value;
      squares[k] += value * value;
    }
  }
  Moments total;
  for (; i < x.size(); ++i) {
    const double value = x[i];
    total.first += value;
    total.second += value * value;
  }
  for (std::size_t k = 0; k < kLanes; ++k) {
    total.first += sums[k];
    total.second += squares[k];
  }
  return total;
}

void pool_relu_plane(std::span<const float> x, PoolWindows windows, PlaneAffine affine, std::span<float> out,
                     std::span<std::int32_t> winner) {
  const float sign = affine.scale < 0 ? -1.0f : 1.0f;
  const std::int64_t columns = windows.row / windows.width;
  const std::int64_t rows = static_cast<std::int64_t>(x.size()) / windows.row / windows.height;
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::int64_t start = r * windows.height * windows.row;
    float* row_out = out.data() + r * columns;
    std::int32_t* row_winner = winner.data() + r * columns;
    if (windows.height == 2 && windows.width == 2) {
      const float* above = x.data() + start;
      pool_relu_pairs(above, above + windows.row, windows.row, static_cast<std::int32_t>(start), affine, row_out,
                      row_winner, columns);
      continue;
    }
    for (std::int64_t c = 0; c < columns; ++c) {
      const std::int64_t first = start + c * windows.width;
      const Best best = largest_in_window(x.data() + first, windows, sign);
      const float y = affine.scale * (sign * best.value) + affine.offset;
      row_out[c] = relu(y);
      row_winner[c] = y > 0 ? static_cast<std::int32_t>(first + best.index) : -1;
    }
  }
}

STAPES_WIDE void relu_plane(std::span<const float> x, PlaneAffine affine, std::span<float> out) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float y = affine.scale * x[i] + affine.offset;
    out[i] = y < 0 ? 0 : y;
  }
}

STAPES_WIDE void relu_gradient_plane(std::span<const float> x, PlaneAffine affine, std::span<const float> gradient,
                                     std::span<float> out) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float g = gradient[i];  // read unconditionally: otherwise the compiler keeps a branch
    out[i] = affine.scale * x[i] + affine.offset > 0 ? g : 0;
  }
}

STAPES_WIDE void sign_plane(std::span<const float> x, PlaneAffine affine, bool zero_is_zero, std::span<float> out) {
  const float at_zero = zero_is_zero ? 0.0f : -1.0f;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float y = affine.scale * x[i] + affine.offset;
    const float not_above = y == 0 ? at_zero : -1.0f;
    out[i] = y > 0 ? 1.0f : not_above;
  }
}

STAPES_WIDE void sign_gradient_plane(std::span<const float> x, PlaneAffine affine, SignGradient rule,
                                     std::span<const float> gradient, std::span<float> out) {
  if (rule == SignGradient::kApprox) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float distance = std::abs(affine.scale * x[i] + affine.offset), g = gradient[i];
      out[i] = distance < 1 ? (2 - 2 * distance) * g : 0;
    }
    return;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float distance = std::abs(affine.scale * x[i] + affine.offset), g = gradient[i];
    out[i] = distance < 1 ? g : 0;
  }
}

STAPES_WIDE Moments gradient_moments(std::span<const float> x, double mean, std::span<const float> gradient) {
  std::array<double, kLanes> sums{}, products{};
  std::size_t i = 0;
  for (; i + kLanes <= x.size(); i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      const double g = gradient[i + k];
      sums[k] += g;
      products[k] += g * (x[i + k] - mean);
    }
  }
  Moments total;
  for (; i < x.size(); ++i) {
    const double g = gradient[i];
    total.first += g;
    total.second += g * (x[i] - mean);
  }
  for (std::size_t k = 0; k < kLanes; ++k) {
    total.first += sums[k];
    total.second += products[k];
  }
  return total;
}

Moments gradient_moments(std::span<const float> x, double mean, std::span<const float> gradient,
                         std::span<const std::int32_t> winner) {
  Moments total;
  for (std::size_t i = 0; i < winner.size(); ++i) {
    if (winner[i] < 0) continue;
    const double g = gradient[i];
    total.first += g;
    total.second += g * (x[static_cast<std::size_t>(winner[i])] - mean);
  }
  return total;
}

STAPES_WIDE void norm_gradient_plane(std::span<const float> x, CenteredAffine rest, float scale,
                                     std::span<const float> gradient, std::span<float> out) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    out[i] = scale * gradient[i] + (rest.slope * (x[i] - rest.mean) + rest.offset);
  }
}

STAPES_WIDE void norm_gradient_plane(std::span<const float> x, CenteredAffine rest, std::span<float> out) {
  for (std::size_t i = 0; i < x.size(); ++i) out[i] = rest.slope * (x[i] - rest.mean) + rest.offset;
}

void add_at_winners(float scale, std::span<const float> gradient, std::span<const std::int32_t> winner,
                    std::span<float> out) {
  for (std::size_t i = 0; i < winner.size(); ++i) {
    if (winner[i] >= 0) out[static_cast<std::size_t>(winner[i])] += scale * gradient[i];
  }
}

}  // namespace stapes
