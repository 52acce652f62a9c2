// SPDX-License-Identifier: Apache-2.0
#include "data/images/fit_image.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace stapes {
namespace {

// One output pixel along one axis: sum_i weights[i] * source[first + i]. The weights sum to 1.
struct AxisTaps {
  std::size_t first = 0;
  std::vector<float> weights;
};

AxisTaps taps_around(double center, double radius, std::size_t source_pixels) {
  const double from = std::max(0.0, std::ceil(center - radius));
  const double to = std::min(static_cast<double>(source_pixels - 1), std::floor(center + radius));
  AxisTaps taps{.first = static_cast<std::size_t>(from), .weights = {}};
  double sum = 0;
  for (double i = from; i <= to; ++i) sum += std::max(0.0, 1 - std::abs(i - center) / radius);
  for (double i = from; i <= to; ++i) {
    taps.weights.push_back(static_cast<float>(std::max(0.0, 1 - std::abs(i - center) / radius) / sum));
  }
  return taps;
}

// The middle `side` pixels of an axis, after scaling so that `shorter` pixels become `side`.
std::vector<AxisTaps> axis_taps(std::size_t source_pixels, std::size_t shorter, std::size_t side) {
  const double scaled =
      std::round(static_cast<double>(source_pixels) * static_cast<double>(side) / static_cast<double>(shorter));
  const double cut = std::floor((scaled - static_cast<double>(side)) / 2);
  const double step = static_cast<double>(source_pixels) / scaled;  // source pixels per output pixel
  std::vector<AxisTaps> taps;
  for (std::size_t i = 0; i < side; ++i) {
    const double center = (cut + static_cast<double>(i) + 0.5) * step - 0.5;
    taps.push_back(taps_around(center, std::max(1.0, step), source_pixels));
  }
  return taps;
}

// Resamples one row horizontally: [columns.size()][3].
void squeeze_row(const std::uint8_t* row, const std::vector<AxisTaps>& columns, float* out) {
  for (const AxisTaps& taps : columns) {
    float sum[3] = {};
    const std::uint8_t* pixel = row + 3 * taps.first;
    for (const float weight : taps.weights) {
      for (int c = 0; c < 3; ++c) sum[c] += weight * static_cast<float>(*pixel++);
    }
    out = std::copy(sum, sum + 3, out);
  }
}

}  // namespace

RgbImage fit_to_square(const RgbImage& image, int side) {
  if (image.width == side && image.height == side) return image;
  const auto width = static_cast<std::size_t>(image.width), height = static_cast<std::size_t>(image.height);
  const std::size_t shorter = std::min(width, height), row_values = static_cast<std::size_t>(side) * 3;
  const auto columns = axis_taps(width, shorter, static_cast<std::size_t>(side));
  const auto rows = axis_taps(height, shorter, static_cast<std::size_t>(side));

  const std::size_t first_row = rows.front().first, last_row = rows.back().first + rows.back().weights.size();
  std::vector<float> squeezed((last_row - first_row) * row_values);
  for (std::size_t row = first_row; row < last_row; ++row) {
    squeeze_row(image.pixels.data() + row * width * 3, columns, squeezed.data() + (row - first_row) * row_values);
  }
  RgbImage result{.width = side, .height = side, .pixels = {}};
  std::vector<float> sums(row_values);
  for (const AxisTaps& taps : rows) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    const float* from = squeezed.data() + (taps.first - first_row) * row_values;
    for (const float weight : taps.weights) {
      for (float& sum : sums) sum += weight * *from++;
    }
    for (const float sum : sums) {
      result.pixels.push_back(static_cast<std::uint8_t>(std::clamp(sum + 0.5f, 0.0f, 255.0f)));
    }
  }
  return result;
}

}  // namespace stapes
