#include "train/round_to_grid.h"

#include <ATen/Parallel.h>

#include <cmath>

#include "kernels/quantize_multiplier.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr double kLargestSum = 1 << 30;  // of the kernels' rescale(); far beyond the grid

// One channel of one clip. inside: whether a gradient passes.
void rescale_plane(const float* y, std::int64_t count, double accumulator_scale, ActivationGrid grid, float* out,
                   float* inside) {
  const FixedPointFactor factor = quantize_multiplier(accumulator_scale / grid.scale);
  const double largest = kLargestSum / std::exp2(std::max(factor.shift, 0));
  const auto zero = static_cast<std::int32_t>(grid.zero_point);
  for (std::int64_t i = 0; i < count; ++i) {
    const double sum = std::fmin(std::fmax(double{y[i]} / accumulator_scale, -largest), largest);
    const std::int32_t q = zero + rescale(static_cast<std::int32_t>(std::lrint(sum)), factor.multiplier, factor.shift);
    const auto stored = clamp_to<std::int32_t>(q, grid.lowest, grid.highest);
    out[i] = static_cast<float>(grid.scale * (stored - zero));
    inside[i] = stored == q ? 1.0f : 0.0f;
  }
}

struct Rescale : torch::autograd::Function<Rescale> {
  static Variable forward(AutogradContext* context, const Variable& y, const torch::Tensor& accumulator_scales,
                          ActivationGrid grid) {
    const std::int64_t channels = y.size(1), values = y.size(2) * y.size(3);
    const double* scales = accumulator_scales.data_ptr<double>();
    torch::Tensor out = torch::empty_like(y), inside = torch::empty_like(y);
    at::parallel_for(0, y.size(0) * channels, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        rescale_plane(y.data_ptr<float>() + i * values, values, scales[i % channels], grid,
                      out.data_ptr<float>() + i * values, inside.data_ptr<float>() + i * values);
      }
    });
    context->save_for_backward({inside});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {gradients[0] * context->get_saved_variables()[0], Variable(), Variable()};
  }
};

}  // namespace

torch::Tensor rescale_to_grid(const torch::Tensor& y, const torch::Tensor& accumulator_scales, ActivationGrid grid) {
  return Rescale::apply(y.contiguous(), accumulator_scales, grid);
}

torch::Tensor average_on_grid(const torch::Tensor& x, ActivationGrid grid) {
  const torch::Tensor mean = x.mean({2, 3}, /*keepdim=*/true);
  torch::Tensor difference;
  {
    const torch::NoGradGuard no_gradient;
    const auto zero = static_cast<double>(grid.zero_point);
    const torch::Tensor steps = (x / grid.scale).round() + zero;  // whole numbers, so that ties are seen as ties
    const torch::Tensor exact = steps.mean({2, 3}, true);
    const torch::Tensor rounded = (exact.abs() + 0.5).floor() * exact.sign();
    difference = (rounded - zero) * grid.scale - mean;
  }
  return mean + difference;
}

}  // namespace stapes
