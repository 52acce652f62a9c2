#include "train/acdnet_module.h"

#include <string>

namespace stapes {
namespace nn = torch::nn;

AcdnetImpl::AcdnetImpl(const AcdnetSpec& spec, AcdnetOptions options)
    : spec_(spec), geometry_(acdnet_geometry(spec)), options_(options) {
  for (std::size_t i = 0; i < geometry_.convs.size(); ++i) {
    const ConvGeometry& g = geometry_.convs[i];
    const std::string number = std::to_string(i + 1);
    auto shape = nn::Conv2dOptions(g.in_channels, g.out_channels, {g.kernel_h, g.kernel_w})
                     .stride({1, g.stride_w})
                     .padding(g.pad)
                     .bias(false);
    convs_.push_back(register_module("conv" + number, nn::Conv2d(shape)));
    const bool on_input = spec_.binary && i > 0;
    auto norm = nn::BatchNorm2dOptions(on_input ? g.in_channels : g.out_channels).eps(options_.batch_norm_epsilon);
    norms_.push_back(register_module("bn" + number, nn::BatchNorm2d(norm)));
    nn::init::kaiming_normal_(convs_[i]->weight, 0, torch::kFanIn, torch::kReLU);
  }
  head_ = register_module("head", nn::Linear(geometry_.convs.back().out_channels, spec_.class_count));
  nn::init::kaiming_normal_(head_->weight, 0, torch::kFanIn, torch::kLinear);
}

void AcdnetImpl::clamp_batch_norms() {
  if (!spec_.binary) return;
  const torch::NoGradGuard no_gradient;
  for (auto& norm : norms_) norm->weight.clamp_(0.01);
}

void AcdnetImpl::prepare_step() {
  clamp_batch_norms();
  if (!spec_.binary || !weights_binary_) return;
  const torch::NoGradGuard no_gradient;
  for (std::size_t i = 1; i < convs_.size(); ++i) convs_[i]->weight.copy_(centre_and_clamp(convs_[i]->weight));
}

// One convolution with what surrounds it, without ReLU and pool.
torch::Tensor AcdnetImpl::block(std::size_t conv, const torch::Tensor& x, std::vector<torch::Tensor>* pre_signs) {
  nn::Conv2d& layer = convs_[conv];
  if (!is_binary(static_cast<int>(conv))) return norms_[conv]->forward(layer->forward(x));
  const bool zero_is_zero = is_training() && options_.rule == BinaryRule::kPaper;
  const torch::Tensor before = norms_[conv]->forward(x);
  if (pre_signs != nullptr) pre_signs->at(conv) = before;
  const torch::Tensor signs = sign_straight_through(before, zero_is_zero);
  if (!weights_binary_) return layer->forward(signs);
  // While training prepare_step() has centred the weights already; evaluation leaves them as they are.
  const torch::Tensor centred = is_training() ? layer->weight : centre_and_clamp(layer->weight);
  const torch::Tensor weight = binarize_weight(centred, is_training() ? options_.rule : BinaryRule::kDefault);
  const ConvGeometry& g = geometry_.convs[conv];
  return torch::conv2d(signs, weight, {}, {1, g.stride_w}, {g.pad, g.pad});
}

torch::Tensor AcdnetImpl::forward(torch::Tensor waves) { return run(std::move(waves), nullptr); }

std::vector<torch::Tensor> AcdnetImpl::pre_signs(const torch::Tensor& waves) {
  std::vector<torch::Tensor> seen(convs_.size());
  eval();
  run(waves, &seen);
  return seen;
}

torch::Tensor AcdnetImpl::run(torch::Tensor x, std::vector<torch::Tensor>* pre_signs) {
  for (std::size_t i = 0; i < convs_.size(); ++i) {
    if (i == 2) x = x.permute({0, 2, 1, 3}).contiguous();  // the swap: channels become height
    if (i + 1 == convs_.size()) x = torch::dropout(x, options_.dropout, is_training());
    x = block(i, x, pre_signs);
    const ConvGeometry& g = geometry_.convs[i];
    // Pool before ReLU: the same values (both are monotonic), and ReLU has less to do.
    if (g.pool_h * g.pool_w > 1) x = torch::max_pool2d(x, {g.pool_h, g.pool_w});
    x = torch::relu(x);
  }
  return head_->forward(x.mean({2, 3}));
}

}  // namespace stapes
