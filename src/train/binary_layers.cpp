#include "train/binary_layers.h"

namespace stapes {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

torch::Tensor device_sign(const torch::Tensor& x) {
  return torch::where(x > 0, torch::ones_like(x), -torch::ones_like(x));
}

torch::Tensor filter_alpha(const torch::Tensor& centred) { return centred.abs().mean({1, 2, 3}, /*keepdim=*/true); }

struct BinarizeWeight : torch::autograd::Function<BinarizeWeight> {
  static Variable forward(AutogradContext* context, const Variable& centred, std::int64_t rule) {
    context->save_for_backward({centred});
    context->saved_data["rule"] = rule;
    const bool paper = static_cast<BinaryRule>(rule) == BinaryRule::kPaper;
    return filter_alpha(centred) * (paper ? centred.sign() : device_sign(centred));
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto rule = static_cast<BinaryRule>(context->saved_data["rule"].toInt());
    return {binary_weight_gradient(context->get_saved_variables()[0], gradients[0], rule), Variable()};
  }
};

struct SignStraightThrough : torch::autograd::Function<SignStraightThrough> {
  static Variable forward(AutogradContext* context, const Variable& x, bool zero_is_zero) {
    context->save_for_backward({x});
    return zero_is_zero ? x.sign() : device_sign(x);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Variable x = context->get_saved_variables()[0];
    return {gradients[0] * (x.abs() < 1).to(x.dtype()), Variable()};
  }
};

}  // namespace

torch::Tensor centre_and_clamp(const torch::Tensor& weight) {
  const bool one_channel = weight.size(1) == 1;
  const torch::Tensor centred = one_channel ? weight : weight - weight.mean(1, /*keepdim=*/true);
  return centred.clamp(-1, 1);
}

torch::Tensor binary_weight_gradient(const torch::Tensor& centred, const torch::Tensor& gradient, BinaryRule rule) {
  const double weights_per_filter = static_cast<double>(centred[0].numel());
  const double in_channels = static_cast<double>(centred.size(1));
  const torch::Tensor sign = centred.sign();
  const torch::Tensor through_sign = filter_alpha(centred) * gradient * (centred.abs() <= 1).to(gradient.dtype());
  const torch::Tensor through_alpha = sign * (sign * gradient).sum({1, 2, 3}, /*keepdim=*/true) / weights_per_filter;
  const double factor = rule == BinaryRule::kPaper ? 1 - 1 / in_channels : 1;
  return (through_sign + through_alpha) * (factor * weights_per_filter);
}

torch::Tensor binarize_weight(const torch::Tensor& centred, BinaryRule rule) {
  return BinarizeWeight::apply(centred, static_cast<std::int64_t>(rule));
}

torch::Tensor sign_straight_through(const torch::Tensor& x, bool zero_is_zero) {
  return SignStraightThrough::apply(x, zero_is_zero);
}

}  // namespace stapes
