// acdnet_module.h: the ACDNet family as a libtorch module, full precision or XNOR. arXiv:2103.03483, arXiv:2108.06128.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "network/acdnet.h"
#include "train/binary_layers.h"

namespace stapes {

struct AcdnetOptions {
  double dropout = 0.2;
  BinaryRule rule = BinaryRule::kDefault;
  double batch_norm_epsilon = 1e-5;
};

// Waves [N][1][1][window_samples] in [-1, 1) to logits [N][classes]. Parameters are named as in network/acdnet.h.
class AcdnetImpl : public torch::nn::Module {
 public:
  AcdnetImpl(const AcdnetSpec& spec, AcdnetOptions options);

  torch::Tensor forward(torch::Tensor waves);

  // What each convolution of a binary network takes the sign of: [k] is the batch-norm output in front of conv k, k >=
  // 1 (0-based); [0] is empty. In the form of evaluation.
  std::vector<torch::Tensor> pre_signs(const torch::Tensor& waves);

  // First stage of two-stage binary training: signs on activations, weights still real.
  void binarize_weights(bool on) { weights_binary_ = on; }

  // Batch-norm scales of an XNOR network are kept >= 0.01, so that sign(BN(x)) is `x > threshold`.
  void clamp_batch_norms();

  // What the published training does before every step: binary weights are replaced by their centred, clamped form,
  // batch-norm scales of an XNOR network are kept >= 0.01.
  void prepare_step();

  const AcdnetSpec& spec() const { return spec_; }
  const AcdnetOptions& options() const { return options_; }
  torch::Tensor conv_weight(int conv) const { return convs_.at(static_cast<std::size_t>(conv))->weight; }
  bool is_binary(int conv) const { return spec_.binary && conv > 0; }

 private:
  torch::Tensor block(std::size_t conv, const torch::Tensor& x, std::vector<torch::Tensor>* pre_signs);
  torch::Tensor run(torch::Tensor x, std::vector<torch::Tensor>* pre_signs);

  AcdnetSpec spec_;
  AcdnetGeometry geometry_;
  AcdnetOptions options_;
  bool weights_binary_ = true;
  std::vector<torch::nn::Conv2d> convs_;
  std::vector<torch::nn::BatchNorm2d> norms_;
  torch::nn::Linear head_{nullptr};
};
TORCH_MODULE(Acdnet);

}  // namespace stapes
