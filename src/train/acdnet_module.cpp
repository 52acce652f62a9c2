#include "train/acdnet_module.h"

#include <string>

#include "train/autocast.h"
#include "train/fused_block.h"
#include "train/row_conv.h"

namespace stapes {
namespace nn = torch::nn;

RpreluImpl::RpreluImpl(int channels)
    : threshold(register_parameter("threshold", torch::zeros(channels))),
      slope(register_parameter("slope", torch::full(channels, 0.25))),
      offset(register_parameter("offset", torch::zeros(channels))) {}

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
    const int conv = static_cast<int>(i);
    auto norm =
        nn::BatchNorm2dOptions(is_binary(conv) ? g.in_channels : g.out_channels).eps(options_.batch_norm_epsilon);
    norms_.push_back(register_module("bn" + number, nn::BatchNorm2d(norm)));
    rprelus_.push_back(spec_.has_rprelu(conv) ? register_module("rprelu" + number, Rprelu(g.out_channels)) : nullptr);
    nn::init::kaiming_normal_(convs_[i]->weight, 0, torch::kFanIn, torch::kReLU);
  }
  head_ = register_module("head", nn::Linear(geometry_.convs.back().out_channels, spec_.class_count));
  nn::init::kaiming_normal_(head_->weight, 0, torch::kFanIn, torch::kLinear);
}

void AcdnetImpl::clamp_batch_norms() {
  if (!spec_.binary) return;
  const torch::NoGradGuard no_gradient;
  for (std::size_t i = 0; i < norms_.size(); ++i) {
    const int conv = static_cast<int>(i);
    if (is_binary(conv) || (conv == 0 && is_binary(1))) norms_[i]->weight.clamp_(0.01);
  }
}

void AcdnetImpl::prepare_step() {
  clamp_batch_norms();
  if (!spec_.binary || !weights_binary_) return;
  const torch::NoGradGuard no_gradient;
  for (std::size_t i = 1; i < convs_.size(); ++i) {
    if (is_binary(static_cast<int>(i))) convs_[i]->weight.copy_(centre_and_clamp(convs_[i]->weight));
  }
}

torch::Tensor AcdnetImpl::convolve(std::size_t conv, const torch::Tensor& x, const torch::Tensor& weight) const {
  const ConvGeometry& g = geometry_.convs[conv];
  if (conv < 2) return row_conv(x, weight, g.stride_w);
  return torch::conv2d(x, weight, {}, {1, g.stride_w}, {g.pad, g.pad});
}

// In float32 whatever surrounds it: its sums are integers times alpha, and must stay so.
torch::Tensor AcdnetImpl::binary_conv(std::size_t conv, const torch::Tensor& input,
                                      std::vector<torch::Tensor>* pre_signs) {
  const Autocast no_bfloat16(input.device().type(), false);
  const torch::Tensor x = input.scalar_type() == torch::kBFloat16 ? input.to(torch::kFloat32) : input;
  nn::Conv2d& layer = convs_[conv];
  if (pre_signs != nullptr) pre_signs->at(conv) = norms_[conv]->forward(x);
  const bool zero_is_zero = is_training() && options_.rule == BinaryRule::kPaper;
  const torch::Tensor signs = norm_sign(x, norms_[conv], options_.sign_gradient, zero_is_zero);
  if (!weights_binary_) return convolve(conv, signs, layer->weight);
  // While training prepare_step() has centred the weights already; evaluation leaves them as they are.
  const torch::Tensor centred = is_training() ? layer->weight : centre_and_clamp(layer->weight);
  const BinaryRule rule = is_training() ? options_.rule : BinaryRule::kDefault;
  return convolve(conv, signs, binarize_weight(centred, rule, spec_.form.scaled));
}

// `x` with as many channels as `like` has: further ones are 0, or the last are left out.
torch::Tensor with_channels_of(const torch::Tensor& x, const torch::Tensor& like) {
  const std::int64_t missing = like.size(1) - x.size(1);
  return missing < 0 ? x.narrow(1, 0, like.size(1)) : torch::constant_pad_nd(x, {0, 0, 0, 0, 0, missing});
}

// One convolution with what surrounds it. A shortcut is added after the activation and before the pool.
torch::Tensor AcdnetImpl::block(std::size_t conv, const torch::Tensor& x, std::vector<torch::Tensor>* pre_signs) {
  const int index = static_cast<int>(conv);
  const ConvGeometry& g = geometry_.convs[conv];
  const Rprelu& own = rprelus_[conv];
  const bool shortcut = spec_.has_shortcut(index);
  const bool normed_before = is_binary(index);
  const torch::Tensor sums = normed_before ? binary_conv(conv, x, pre_signs) : convolve(conv, x, convs_[conv]->weight);
  if (!own && !shortcut) {
    return normed_before ? pool_relu(sums, g.pool_h, g.pool_w) : norm_pool_relu(sums, norms_[conv], g.pool_h, g.pool_w);
  }
  torch::Tensor y = normed_before ? sums : norms_[conv]->forward(sums);
  const auto pool = [&] { return g.pool_h * g.pool_w > 1 ? torch::max_pool2d(y, {g.pool_h, g.pool_w}) : y; };
  const auto activate = [&] { return own ? rprelu(y, own->threshold, own->slope, own->offset) : torch::relu(y); };
  if (!shortcut) {
    y = pool();
    return activate();
  }
  y = activate() + with_channels_of(x, y);
  return pool();
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
  }
  return head_->forward(x.mean({2, 3}));
}

}  // namespace stapes
