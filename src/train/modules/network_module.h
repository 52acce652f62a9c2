// SPDX-License-Identifier: Apache-2.0
// network_module.h: a network as a libtorch module, full precision or XNOR. arXiv:2103.03483,
// arXiv:2108.06128.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <vector>

#include "graph/geometry.h"
#include "train/modules/binary_layers.h"
#include "train/modules/sign_convolution.h"

namespace stapes {

struct ModuleOptions {
  double dropout = 0.2;
  BinaryRule rule = BinaryRule::kDefault;
  SignGradient sign_gradient = SignGradient::kClip;
  double batch_norm_epsilon = 1e-5;
};

// The parameters of RPReLU, [channels] each (binary_layers.h). It starts as ReLU with a slope of 0.25 below 0.
struct RpreluImpl : torch::nn::Module {
  explicit RpreluImpl(int channels);
  torch::Tensor threshold, slope, offset;
};
TORCH_MODULE(Rprelu);

// Waves [N][1][1][window_samples] or images [N][channels][height][width] in [-1, 1), or features of any size of that
// shape, to logits [N][classes].
// Parameters are named as in graph/network.h.
class NetworkModuleImpl : public torch::nn::Module {
 public:
  NetworkModuleImpl(const NetworkSpec& spec, ModuleOptions options);

  torch::Tensor forward(torch::Tensor input);
  // The logits, and in conv_outputs[k] what conv k gives after its activation and pool.
  torch::Tensor forward(torch::Tensor input, std::vector<torch::Tensor>& conv_outputs);

  // What each convolution of a binary network takes the sign of: [k] is the batch-norm output in front of conv k
  // (0-based); empty where conv k is not binary. In the form of evaluation.
  std::vector<torch::Tensor> pre_signs(const torch::Tensor& input);

  // First stage of two-stage binary training: signs on activations, weights still real.
  void binarize_weights(bool on) { weights_binary_ = on; }

  // Sets how binary convolutions are computed from now on; a GPU has faster ways than the first.
  void compute_signs(SignSums sums, bool tf32_gradients) {
    sign_sums_ = sums;
    tf32_gradients_ = tf32_gradients;
  }
  void compute_signs_as(const NetworkModuleImpl& other) { compute_signs(other.sign_sums_, other.tf32_gradients_); }

  // Batch-norm scales in front of signs (and of a first convolution that gives bits, as published) are kept >= 0.01, so
  // that sign(BN(x)) is `x > threshold`.
  void clamp_batch_norms();

  // What the published training does before every step: binary weights are replaced by their centred, clamped form,
  // batch-norm scales of an XNOR network are kept >= 0.01.
  void prepare_step();
  // The same with standardized filters (binary_layers.h).
  void prepare_standardized_step(double quantile);

  const NetworkSpec& spec() const { return spec_; }
  const ModuleOptions& options() const { return options_; }
  const NetworkGeometry& geometry() const { return geometry_; }
  torch::Tensor conv_weight(int conv) const { return convs_.at(static_cast<std::size_t>(conv))->weight; }
  std::vector<torch::Tensor> binary_weights() const;  // of the binary convolutions, in order

 private:
  torch::Tensor convolve(std::size_t conv, const torch::Tensor& x, const torch::Tensor& weight) const;
  // What a pass is to keep of each convolution; null: nothing.
  struct Kept {
    std::vector<torch::Tensor>*pre_signs = nullptr, *outputs = nullptr;
  };
  torch::Tensor binary_conv(std::size_t conv, const torch::Tensor& x, const Kept& kept);
  torch::Tensor block(std::size_t conv, const torch::Tensor& x, const Kept& kept);
  torch::Tensor step(const GraphStep& step, std::vector<torch::Tensor>& values, const Kept& kept);
  torch::Tensor run(torch::Tensor x, const Kept& kept);
  void prepare(const std::function<void(torch::Tensor&)>& project);

  NetworkSpec spec_;
  NetworkGeometry geometry_;
  std::vector<std::vector<std::size_t>> unread_after_;  // [step]: values that no later one reads
  ModuleOptions options_;
  bool weights_binary_ = true;
  SignSums sign_sums_ = SignSums::kScaledWeights;
  bool tf32_gradients_ = false;
  std::vector<torch::nn::Conv2d> convs_;
  std::vector<torch::nn::BatchNorm2d> norms_;  // null where a convolution has a bias
  std::vector<Rprelu> rprelus_;                // null where ReLU is used
  torch::nn::Linear head_{nullptr};
};
TORCH_MODULE(NetworkModule);

}  // namespace stapes
