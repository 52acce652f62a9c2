// SPDX-License-Identifier: Apache-2.0
#include "train/modules/sign_convolution.h"

#include <fmt/format.h>

#include <array>

#include "graph/geometry.h"
#include "train/modules/binary_layers.h"

namespace stapes {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

// Sets a process-wide libtorch option for a scope; safe, since training runs one convolution at a time.
class TensorFloat32 {
 public:
  explicit TensorFloat32(bool on) : before_(at::globalContext().allowTF32CuDNN()) {
    at::globalContext().setAllowTF32CuDNN(on);
  }
  ~TensorFloat32() { at::globalContext().setAllowTF32CuDNN(before_); }
  TensorFloat32(const TensorFloat32&) = delete;
  TensorFloat32& operator=(const TensorFloat32&) = delete;

 private:
  bool before_;
};

// The gradient rule of binary_layers.h for weights within [-1, 1], as in training. With S = sum(sign * g), N weights
// per filter and the factor f (1, or 1 - 1/C):  alpha N f g + f S sign.
torch::Tensor weight_gradient(const torch::Tensor& gradient, const torch::Tensor& sign, const torch::Tensor& alpha,
                              BinaryRule rule) {
  const double n = static_cast<double>(sign[0].numel()), in_channels = static_cast<double>(sign.size(1));
  const double factor = rule == BinaryRule::kPaper ? 1 - 1 / in_channels : 1;
  if (!alpha.defined()) return gradient * factor;
  const torch::Tensor through_alpha = (sign * gradient).sum({1, 2, 3}, /*keepdim=*/true);
  return (gradient * (alpha * (factor * n))).addcmul_(sign, through_alpha, factor);
}

struct SignConv : torch::autograd::Function<SignConv> {
  static Variable forward(AutogradContext* context, const Variable& signs, const Variable& centered,
                          const SignConvolution& how) {
    const torch::Tensor sign = binary_signs(centered, how.rule);
    const torch::Tensor alpha = how.scaled ? filter_alpha(centered) : torch::Tensor();
    context->save_for_backward({signs, sign, alpha});
    context->saved_data["shape"] = std::vector<std::int64_t>{how.stride_h, how.stride_w, how.pad_h, how.pad_w};
    context->saved_data["rule"] = static_cast<std::int64_t>(how.rule);
    context->saved_data["tf32"] = how.tf32_gradients;
    torch::Tensor sums = sign_sums(signs, sign, how);
    return how.scaled ? sums.mul_(alpha.view({1, -1, 1, 1})) : sums;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &signs = saved[0], &sign = saved[1], &alpha = saved[2];
    const std::vector<std::int64_t> shape = context->saved_data["shape"].toIntVector();
    const std::array<bool, 3> wanted = {context->needs_input_grad(0), context->needs_input_grad(1), false};
    const TensorFloat32 precision(context->saved_data["tf32"].toBool());
    const auto [to_signs, to_weight, none] =
        at::convolution_backward(gradients[0], signs, alpha.defined() ? alpha * sign : sign, {}, {shape[0], shape[1]},
                                 {shape[2], shape[3]}, {1, 1}, /*transposed=*/false, {0, 0}, /*groups=*/1, wanted);
    if (!wanted[1]) return {to_signs, Variable(), Variable()};
    const auto rule = static_cast<BinaryRule>(context->saved_data["rule"].toInt());
    return {to_signs, weight_gradient(to_weight, sign, alpha, rule), Variable()};
  }
};

// Pseudo-random -1 and 1, the same on every machine.
torch::Tensor alternating_signs(at::IntArrayRef shape, std::int64_t step) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  const torch::Tensor mixed = torch::arange(count, torch::kInt64) * step;  // the high bits look like noise
  return (torch::bitwise_and(torch::bitwise_right_shift(mixed, 21), 1) * 2 - 1).to(torch::kFloat32).view(shape);
}

// The reference is computed in double, where errors are far below 1/2.
std::int64_t wrong_sums(const ConvGeometry& g, int batch_size, torch::Device device, const SignConvolution& how,
                        const SignSumsFn& sums) {
  const torch::Tensor signs = alternating_signs({batch_size, g.in_channels, g.in_h, g.in_w}, 0x9E3779B1).to(device);
  const torch::Tensor weights =
      alternating_signs({g.out_channels, g.in_channels, g.kernel_h, g.kernel_w}, 0x85EBCA77).to(device);
  const torch::Tensor exact = torch::conv2d(signs.to(torch::kFloat64), weights.to(torch::kFloat64), {},
                                            {how.stride_h, how.stride_w}, {how.pad_h, how.pad_w})
                                  .round();
  return (sums(signs, weights, how).to(torch::kFloat64) != exact).sum().item<std::int64_t>();
}

}  // namespace

bool can_sum_signs(const ConvGeometry& conv) { return conv.groups == 1 && conv.pads_evenly(); }

torch::Tensor sign_sums(const torch::Tensor& signs, const torch::Tensor& weights, const SignConvolution& how) {
  const TensorFloat32 precision(how.sums == SignSums::kTensorFloat32);
  torch::Tensor sums = torch::conv2d(signs, weights, {}, {how.stride_h, how.stride_w}, {how.pad_h, how.pad_w});
  return how.sums == SignSums::kRoundedFloat32 ? sums.round_() : sums;
}

torch::Tensor sign_convolution(const torch::Tensor& signs, const torch::Tensor& centered, const SignConvolution& how) {
  return SignConv::apply(signs, centered, how);
}

std::string inexact_sign_sums(const NetworkGeometry& geometry, int batch_size, torch::Device device, SignSums way,
                              const SignSumsFn& sums) {
  const torch::NoGradGuard no_gradient;
  for (const ConvGeometry& g : geometry.convs) {
    if (!g.binary || !can_sum_signs(g)) continue;
    const SignConvolution how{
        .stride_h = g.stride_h, .stride_w = g.stride_w, .pad_h = g.pad_h, .pad_w = g.pad_w, .sums = way};
    const std::int64_t wrong = wrong_sums(g, batch_size, device, how, sums);
    if (wrong > 0) return fmt::format("wrong sums: {} in {}", wrong, g.name);
  }
  return "";
}

}  // namespace stapes
