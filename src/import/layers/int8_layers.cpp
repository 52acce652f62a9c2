// SPDX-License-Identifier: Apache-2.0
#include "import/layers/int8_layers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "kernels/add/add_params.h"
#include "kernels/mean/mean_params.h"
#include "kernels/softmax/softmax_params.h"
#include "packed/limits.h"

namespace stapes {
namespace {
namespace fb = packed::fb;

constexpr std::int64_t kLargestDifference = 255;  // of an int8 from its zero point
constexpr double kSmallestLogisticScale = 1.0 / (1 << 28);

}  // namespace

std::int16_t limit_on_grid(float value, const Int8Grid& out) {
  const double q = out.zero_point + double{std::round(value / static_cast<float>(out.scale))};
  return static_cast<std::int16_t>(std::clamp<double>(q, kInt8Min, kInt8Max));
}

void fold_constant_channels(fb::ConvI8T& op, const Int8Grid& in, const Int8Grid& out, Rescale rescale) {
  const std::size_t taps = op.weights.size() / op.bias.size();
  for (std::size_t o = 0; o < op.bias.size(); ++o) {
    std::int64_t low = op.bias[o], high = op.bias[o], bound = std::abs(std::int64_t{op.bias[o]});
    for (std::size_t i = o * taps; i < (o + 1) * taps; ++i) {
      const std::int64_t a = std::int64_t{op.weights[i]} * (kInt8Min - in.zero_point);
      const std::int64_t b = std::int64_t{op.weights[i]} * (kInt8Max - in.zero_point);
      low += std::min({a, b, std::int64_t{0}});  // 0: a tap on padding
      high += std::max({a, b, std::int64_t{0}});
      bound += std::max(std::abs(a), std::abs(b));  // as counted by the reader
    }
    const bool is_int32 =
        low > std::numeric_limits<std::int32_t>::min() && high <= std::numeric_limits<std::int32_t>::max();
    if (bound <= kMaxRescaledSum || !is_int32 || op.shift[o] > 0) continue;
    const auto result = [&](std::int64_t sum) {
      const std::int32_t scaled = rescale(static_cast<std::int32_t>(sum), op.multiplier[o], op.shift[o]);
      const std::int64_t q = std::int64_t{out.zero_point} + scaled;
      return static_cast<std::int32_t>(std::clamp<std::int64_t>(q, op.minimum, op.maximum));
    };
    if (result(low) != result(high)) continue;  // not constant: the reader will refuse it
    std::fill_n(op.weights.begin() + static_cast<std::ptrdiff_t>(o * taps), taps, std::int8_t{0});
    op.bias[o] = result(low) - out.zero_point;
    op.multiplier[o] = 1 << 30;  // with the shift, a factor of 1
    op.shift[o] = 1;
  }
}

fb::AddI8T addition_of(double scale_a, double scale_b, double out_scale) {
  fb::AddI8T layer;
  set_add_params(layer, add_params(scale_a, scale_b, out_scale));
  return layer;
}

fb::MeanT mean_of_scales(double in_scale, double out_scale, int pool_h, int pool_w) {
  const std::int64_t count = std::int64_t{pool_h} * pool_w;
  const FixedPointFactor factor = mean_params(in_scale, out_scale, count);
  if (count * kLargestDifference > kMaxRescaledSum >> std::max(factor.shift, 0)) {
    throw Error("averaging {} values overflows when rescaling from scale {} to {}", count, in_scale, out_scale);
  }
  fb::MeanT layer;
  layer.pool_h = pool_h;
  layer.pool_w = pool_w;
  layer.multiplier = factor.multiplier;
  layer.shift = factor.shift;
  return layer;
}

fb::SoftmaxT softmax_of_scale(double scale) {
  if (!softmax_takes_scale(scale))
    throw Error("the input scale, times beta if there is one, is {}; expected a finite value above 2^-26", scale);
  const SoftmaxParams params = softmax_params(scale);
  fb::SoftmaxT layer;
  layer.multiplier = params.multiplier;
  layer.shift = params.shift;
  layer.diff_min = params.diff_min;
  return layer;
}

fb::LogisticT logistic_of_scale(double scale) {
  // At kSmallestLogisticScale and below, every result is 1/2.
  const LogisticParams params = logistic_params(std::max(scale, kSmallestLogisticScale));
  fb::LogisticT layer;
  layer.multiplier = params.multiplier;
  layer.shift = params.shift;
  layer.range_radius = params.range_radius;
  return layer;
}

}  // namespace stapes
