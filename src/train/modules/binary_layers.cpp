// SPDX-License-Identifier: Apache-2.0
#include "train/modules/binary_layers.h"

#include <cmath>

namespace stapes {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

// 1 where x > 0, otherwise -1.
torch::Tensor device_sign(const torch::Tensor& x) {
  torch::Tensor above = torch::empty_like(x);
  at::gt_out(above, x, 0);
  return above.mul_(2).sub_(1);
}

struct BinarizeWeight : torch::autograd::Function<BinarizeWeight> {
  static Variable forward(AutogradContext* context, const Variable& centered, std::int64_t rule, bool scaled) {
    context->save_for_backward({centered});
    context->saved_data["rule"] = rule;
    context->saved_data["scaled"] = scaled;
    const torch::Tensor sign = binary_signs(centered, static_cast<BinaryRule>(rule));
    return scaled ? filter_alpha(centered) * sign : sign;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto rule = static_cast<BinaryRule>(context->saved_data["rule"].toInt());
    const bool scaled = context->saved_data["scaled"].toBool();
    const torch::Tensor centered = context->get_saved_variables()[0];
    return {binary_weight_gradient(centered, gradients[0], rule, scaled), Variable(), Variable()};
  }
};

struct SignStraightThrough : torch::autograd::Function<SignStraightThrough> {
  static Variable forward(AutogradContext* context, const Variable& x, bool approx, bool zero_is_zero) {
    context->save_for_backward({x});
    context->saved_data["approx"] = approx;
    return zero_is_zero ? x.sign() : device_sign(x);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const torch::Tensor x = context->get_saved_variables()[0];
    if (!context->saved_data["approx"].toBool()) {  // hard tanh derivative: 1 where |x| < 1, in one pass
      return {at::hardtanh_backward(gradients[0], x, -1, 1), Variable(), Variable()};
    }
    return {gradients[0] * (2 - 2 * x.abs()).clamp_min(0), Variable(), Variable()};
  }
};

}  // namespace

torch::Tensor binary_signs(const torch::Tensor& centered, BinaryRule rule) {
  return rule == BinaryRule::kPaper ? centered.sign() : device_sign(centered);
}

torch::Tensor filter_alpha(const torch::Tensor& centered) { return centered.abs().mean({1, 2, 3}, /*keepdim=*/true); }

torch::Tensor center_and_clamp(const torch::Tensor& weight) {
  const bool one_channel = weight.size(1) == 1;
  const torch::Tensor centered = one_channel ? weight : weight - weight.mean(1, /*keepdim=*/true);
  return centered.clamp(-1, 1);
}

void center_and_clamp_in_place(torch::Tensor& weight) {
  if (weight.size(1) > 1) weight.sub_(weight.mean(1, /*keepdim=*/true));
  weight.clamp_(-1, 1);
}

void standardize_in_place(torch::Tensor& weight, double quantile) {
  if (weight.size(1) > 1) weight.sub_(weight.mean(1, /*keepdim=*/true));
  const double wanted = std::sqrt(2.0 / static_cast<double>(weight[0].numel()));
  const torch::Tensor deviation = weight.square().mean({1, 2, 3}, /*keepdim=*/true).sqrt();
  weight.mul_(wanted / deviation.clamp_min(1e-12));
  const torch::Tensor limit = filter_alpha(weight) * -std::log(2 - 2 * quantile);
  weight.copy_(torch::minimum(torch::maximum(weight, -limit), limit));
  center_and_clamp_in_place(weight);  // evaluation and packing take the signs after this step
}

double clamp_quantile(double progress) {
  constexpr double kFirst = 0.85, kLast = 0.99;
  return kFirst + (kLast - kFirst) * progress;
}

torch::Tensor binary_weight_gradient(const torch::Tensor& centered, const torch::Tensor& gradient, BinaryRule rule,
                                     bool scaled) {
  const double weights_per_filter = static_cast<double>(centered[0].numel());
  const double in_channels = static_cast<double>(centered.size(1));
  const torch::Tensor passed = gradient * (centered.abs() <= 1).to(gradient.dtype());
  const double factor = rule == BinaryRule::kPaper ? 1 - 1 / in_channels : 1;
  if (!scaled) return passed * factor;
  const torch::Tensor sign = binary_signs(centered, rule);
  const torch::Tensor through_alpha = sign * (sign * gradient).sum({1, 2, 3}, /*keepdim=*/true) / weights_per_filter;
  return (filter_alpha(centered) * passed + through_alpha) * (factor * weights_per_filter);
}

torch::Tensor binarize_weight(const torch::Tensor& centered, BinaryRule rule, bool scaled) {
  return BinarizeWeight::apply(centered, static_cast<std::int64_t>(rule), scaled);
}

torch::Tensor sign_straight_through(const torch::Tensor& x, SignGradient gradient, bool zero_is_zero) {
  return SignStraightThrough::apply(x, gradient == SignGradient::kApprox, zero_is_zero);
}

torch::Tensor rprelu(const torch::Tensor& x, const torch::Tensor& threshold, const torch::Tensor& slope,
                     const torch::Tensor& offset) {
  const auto per_channel = [](const torch::Tensor& values) { return values.view({1, -1, 1, 1}); };
  const torch::Tensor above = x - per_channel(threshold);
  return torch::where(above > 0, above, per_channel(slope.clamp_min(0)) * above) + per_channel(offset);
}

}  // namespace stapes
