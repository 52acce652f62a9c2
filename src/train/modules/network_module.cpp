// SPDX-License-Identifier: Apache-2.0
#include "train/modules/network_module.h"

#include <string>

#include "graph/geometry.h"
#include "kernels/relu_f32.h"
#include "train/autocast.h"
#include "train/modules/fused_block.h"
#include "train/modules/padding.h"
#include "train/modules/row_conv.h"

namespace stapes {
namespace nn = torch::nn;

RpreluImpl::RpreluImpl(int channels)
    : threshold(register_parameter("threshold", torch::zeros(channels))),
      slope(register_parameter("slope", torch::full(channels, 0.25))),
      offset(register_parameter("offset", torch::zeros(channels))) {}

NetworkModuleImpl::NetworkModuleImpl(const NetworkSpec& spec, ModuleOptions options)
    : spec_(spec), geometry_(network_geometry(spec)), options_(options) {
  for (const ConvGeometry& g : geometry_.convs) {
    auto shape = nn::Conv2dOptions(g.in_channels, g.out_channels, {g.kernel_h, g.kernel_w})
                     .stride({g.stride_h, g.stride_w})
                     .padding({g.pad_h, g.pad_w})
                     .groups(g.groups)
                     .bias(g.norm.empty());
    convs_.push_back(register_module(g.name, nn::Conv2d(shape)));
    const auto norm = nn::BatchNorm2dOptions(g.norm_channels()).eps(options_.batch_norm_epsilon);
    norms_.push_back(g.norm.empty() ? nn::BatchNorm2d(nullptr) : register_module(g.norm, nn::BatchNorm2d(norm)));
    rprelus_.push_back(g.rprelu.empty() ? nullptr : register_module(g.rprelu, Rprelu(g.out_channels)));
    nn::init::kaiming_normal_(convs_.back()->weight, 0, torch::kFanIn, torch::kReLU);
  }
  head_ = register_module("head", nn::Linear(geometry_.head_inputs, spec_.class_count));
  nn::init::kaiming_normal_(head_->weight, 0, torch::kFanIn, torch::kLinear);
  std::vector<std::size_t> last_reader(geometry_.steps.size());  // [value]; the head reads the last value
  for (std::size_t i = 0; i < geometry_.steps.size(); ++i) {
    const GraphStep& step = geometry_.steps[i];
    last_reader[static_cast<std::size_t>(step.a)] = i;
    if (step.kind == GraphStep::Kind::kAdd) last_reader[static_cast<std::size_t>(step.b)] = i;
  }
  unread_after_.resize(geometry_.steps.size());
  for (std::size_t v = 0; v < last_reader.size(); ++v) unread_after_[last_reader[v]].push_back(v);
}

void NetworkModuleImpl::clamp_batch_norms() {
  const torch::NoGradGuard no_gradient;
  for (std::size_t i = 0; i < norms_.size(); ++i) {
    if (geometry_.convs[i].scale_kept_positive && !geometry_.convs[i].norm.empty()) norms_[i]->weight.clamp_(0.01);
  }
}

std::vector<torch::Tensor> NetworkModuleImpl::binary_weights() const {
  std::vector<torch::Tensor> weights;
  for (std::size_t i = 0; i < convs_.size(); ++i) {
    if (geometry_.convs[i].binary) weights.push_back(convs_[i]->weight);
  }
  return weights;
}

void NetworkModuleImpl::prepare(const std::function<void(torch::Tensor&)>& project) {
  clamp_batch_norms();
  if (!weights_binary_) return;
  const torch::NoGradGuard no_gradient;
  for (torch::Tensor& weight : binary_weights()) project(weight);
}

void NetworkModuleImpl::prepare_step() { prepare(center_and_clamp_in_place); }

void NetworkModuleImpl::prepare_standardized_step(double quantile) {
  prepare([&](torch::Tensor& weight) { standardize_in_place(weight, quantile); });
}

torch::Tensor NetworkModuleImpl::convolve(std::size_t conv, const torch::Tensor& x, const torch::Tensor& weight) const {
  const ConvGeometry& g = geometry_.convs[conv];
  const Padding padding{g.pad_h, g.end_pad_h(), g.pad_w, g.end_pad_w()};
  const bool along_a_row = g.in_h == 1 && g.kernel_h == 1 && g.kernel_w > 1 && padding.none();
  const torch::Tensor bias = g.norm.empty() ? convs_[conv]->bias : torch::Tensor();
  if (along_a_row && g.groups == 1 && !bias.defined()) return row_conv(x, weight, g.stride_w);
  return padded_conv(x, weight, bias, {g.stride_h, g.stride_w}, padding, g.groups);
}

// Runs in float32 even under autocast, so that the sums (integers times alpha) stay exact.
torch::Tensor NetworkModuleImpl::binary_conv(std::size_t conv, const torch::Tensor& input, const Kept& kept) {
  const Autocast no_bfloat16(input.device().type(), false);
  const torch::Tensor x = input.scalar_type() == torch::kBFloat16 ? input.to(torch::kFloat32) : input;
  nn::Conv2d& layer = convs_[conv];
  if (kept.pre_signs != nullptr) kept.pre_signs->at(conv) = norms_[conv]->forward(x);
  const bool zero_is_zero = is_training() && options_.rule == BinaryRule::kPaper;
  const torch::Tensor signs = norm_sign(x, norms_[conv], options_.sign_gradient, zero_is_zero);
  if (!weights_binary_) return convolve(conv, signs, layer->weight);
  // In training, prepare_step() has already centered the weights.
  const torch::Tensor centered = is_training() ? layer->weight : center_and_clamp(layer->weight);
  const BinaryRule rule = is_training() ? options_.rule : BinaryRule::kDefault;
  const ConvGeometry& g = geometry_.convs[conv];
  if (sign_sums_ == SignSums::kScaledWeights || !can_sum_signs(g)) {
    return convolve(conv, signs, binarize_weight(centered, rule, spec_.form.scaled));
  }
  return sign_convolution(signs, centered,
                          {.stride_h = g.stride_h,
                           .stride_w = g.stride_w,
                           .pad_h = g.pad_h,
                           .pad_w = g.pad_w,
                           .rule = rule,
                           .scaled = spec_.form.scaled,
                           .sums = sign_sums_,
                           .tf32_gradients = tf32_gradients_});
}

// `x` padded with zero channels, or truncated, to the channel count of `like`.
torch::Tensor with_channels_of(const torch::Tensor& x, const torch::Tensor& like) {
  const std::int64_t missing = like.size(1) - x.size(1);
  return missing < 0 ? x.narrow(1, 0, like.size(1)) : torch::constant_pad_nd(x, {0, 0, 0, 0, 0, missing});
}

// A shortcut is added after the activation and before the pool.
torch::Tensor NetworkModuleImpl::block(std::size_t conv, const torch::Tensor& x, const Kept& kept) {
  const ConvGeometry& g = geometry_.convs[conv];
  const Rprelu& own = rprelus_[conv];
  const torch::Tensor sums = g.binary ? binary_conv(conv, x, kept) : convolve(conv, x, convs_[conv]->weight);
  if (!own && !g.shortcut && g.relu) {
    const torch::Tensor y = g.binary || g.norm.empty() ? pool_relu(sums, g.pool_h, g.pool_w)
                                                       : norm_pool_relu(sums, norms_[conv], g.pool_h, g.pool_w);
    return g.relu6 ? y.clamp_max(kRelu6Limit) : y;
  }
  torch::Tensor y = g.binary || g.norm.empty() ? sums : norms_[conv]->forward(sums);
  const auto pool = [&] { return g.pool_h * g.pool_w > 1 ? torch::max_pool2d(y, {g.pool_h, g.pool_w}) : y; };
  if (!g.relu) return pool();
  const auto activate = [&] {
    if (own) return rprelu(y, own->threshold, own->slope, own->offset);
    return g.relu6 ? torch::clamp(y, 0, kRelu6Limit) : torch::relu(y);
  };
  if (!g.shortcut) {
    y = pool();
    return activate();
  }
  y = activate() + with_channels_of(x, y);
  return pool();
}

torch::Tensor NetworkModuleImpl::forward(torch::Tensor input) { return run(std::move(input), {}); }

torch::Tensor NetworkModuleImpl::forward(torch::Tensor input, std::vector<torch::Tensor>& conv_outputs) {
  conv_outputs.assign(convs_.size(), {});
  return run(std::move(input), {.outputs = &conv_outputs});
}

std::vector<torch::Tensor> NetworkModuleImpl::pre_signs(const torch::Tensor& input) {
  std::vector<torch::Tensor> seen(convs_.size());
  eval();
  run(input, {.pre_signs = &seen});
  return seen;
}

torch::Tensor NetworkModuleImpl::step(const GraphStep& step, std::vector<torch::Tensor>& values, const Kept& kept) {
  torch::Tensor x = values[static_cast<std::size_t>(step.a)];
  switch (step.kind) {
    case GraphStep::Kind::kConv: {
      const auto conv = static_cast<std::size_t>(step.conv);
      torch::Tensor y = block(conv, x, kept);
      if (kept.outputs != nullptr) kept.outputs->at(conv) = y;
      return y;
    }
    case GraphStep::Kind::kTranspose:
      return x.permute({0, 2, 1, 3}).contiguous();  // channels become height
    case GraphStep::Kind::kAdd: {
      const torch::Tensor sum = x + values[static_cast<std::size_t>(step.b)];
      if (step.relu6) return torch::clamp(sum, 0, kRelu6Limit);
      return step.relu ? torch::relu(sum) : sum;
    }
    case GraphStep::Kind::kAveragePool:
      return torch::avg_pool2d(x, {step.pool_h, step.pool_w});
    case GraphStep::Kind::kMaxPool:
      return padded_max_pool(x, {step.pool_h, step.pool_w}, {step.stride_h, step.stride_w},
                             {step.pad_h, step.end_pad_h, step.pad_w, step.end_pad_w});
    case GraphStep::Kind::kDropout:
      return torch::dropout(x, options_.dropout, is_training());
  }
  return torch::Tensor();
}

torch::Tensor NetworkModuleImpl::run(torch::Tensor x, const Kept& kept) {
  std::vector<torch::Tensor> values = {std::move(x)};
  for (std::size_t i = 0; i < geometry_.steps.size(); ++i) {
    values.push_back(step(geometry_.steps[i], values, kept));
    for (const std::size_t unread : unread_after_[i]) values[unread].reset();  // free memory unless autograd needs it
  }
  torch::Tensor pooled = values.back().mean({2, 3});
  if (geometry_.head_dropout) pooled = torch::dropout(pooled, options_.dropout, is_training());
  return head_->forward(pooled);
}

}  // namespace stapes
