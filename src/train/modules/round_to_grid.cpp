// SPDX-License-Identifier: Apache-2.0
#include "train/modules/round_to_grid.h"

#include <array>
#include <cmath>

#include "kernels/requantize.h"
#include "train/readable_floats.h"
#include "train/threads.h"

namespace stapes {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr double kLargestSum = 1 << 30;  // as in the kernels' rescale(); far beyond the grid

// `inside` is 1 where the gradient passes, otherwise 0.
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
    TORCH_CHECK(readable_floats(y), "training on the 8-bit grid runs on the CPU only");
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

constexpr std::int32_t kCommonSteps = 1 << 20;  // for an addition's sum (kernels/add/add.h)
constexpr std::int64_t kAdditionGrain = 1 << 15;

// One branch of an addition: its 256 values on the common grid. A lookup replaces two roundings per value.
class Branch {
 public:
  Branch(const ActivationGrid& grid, FixedPointFactor factor) : scale_(grid.scale), first_(-128 - grid.zero_point) {
    for (std::int32_t i = 0; i < 256; ++i) {
      const auto steps = static_cast<std::int32_t>(i + first_);  // q - zero_point
      common_[static_cast<std::size_t>(i)] = rescale(steps * kCommonSteps, factor.multiplier, factor.shift);
    }
  }
  std::int32_t operator()(float value) const {
    const double index = double{value} / scale_ - static_cast<double>(first_);
    return common_[static_cast<std::size_t>(std::lrint(std::fmin(std::fmax(index, 0.0), 255.0)))];
  }

 private:
  double scale_;
  std::int64_t first_;  // lowest value of the grid, minus its zero point
  std::array<std::int32_t, 256> common_;
};

struct Add : torch::autograd::Function<Add> {
  static Variable forward(AutogradContext* context, const Variable& a, const Variable& b,
                          const GridAddition& addition) {
    TORCH_CHECK(readable_floats(a) && readable_floats(b), "training on the 8-bit grid runs on the CPU only");
    const Branch from_a(addition.a, addition.from_a), from_b(addition.b, addition.from_b);
    const ActivationGrid& grid = addition.out;
    const auto zero = static_cast<std::int32_t>(grid.zero_point);
    torch::Tensor out = torch::empty_like(a), inside = torch::empty_like(a);
    const float *x = a.data_ptr<float>(), *y = b.data_ptr<float>();
    float *sums = out.data_ptr<float>(), *passes = inside.data_ptr<float>();
    at::parallel_for(0, a.numel(), kAdditionGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int32_t sum = from_a(x[i]) + from_b(y[i]);
        const std::int32_t q = zero + rescale(sum, addition.to_out.multiplier, addition.to_out.shift);
        const auto stored = clamp_to<std::int32_t>(q, grid.lowest, grid.highest);
        sums[i] = static_cast<float>(grid.scale * (stored - zero));
        passes[i] = stored == q && (!addition.relu || sum > 0) ? 1.0f : 0.0f;
      }
    });
    context->save_for_backward({inside});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Variable passed = gradients[0] * context->get_saved_variables()[0];
    return {passed, passed, Variable()};
  }
};

}  // namespace

torch::Tensor rescale_to_grid(const torch::Tensor& y, const torch::Tensor& accumulator_scales, ActivationGrid grid) {
  return Rescale::apply(y.contiguous(), accumulator_scales, grid);
}

torch::Tensor add_on_grid(const torch::Tensor& a, const torch::Tensor& b, const GridAddition& addition) {
  return Add::apply(a.contiguous(), b.contiguous(), addition);
}

torch::Tensor average_on_grid(const torch::Tensor& x, ActivationGrid grid) {
  const torch::Tensor mean = x.mean({2, 3}, /*keepdim=*/true);
  torch::Tensor difference;
  {
    const torch::NoGradGuard no_gradient;
    const auto zero = static_cast<double>(grid.zero_point);
    const torch::Tensor steps = (x / grid.scale).round() + zero;  // integers, so that ties are detected
    const torch::Tensor exact = steps.mean({2, 3}, true);
    const torch::Tensor rounded = (exact.abs() + 0.5).floor() * exact.sign();
    difference = (rounded - zero) * grid.scale - mean;
  }
  return mean + difference;
}

}  // namespace stapes
