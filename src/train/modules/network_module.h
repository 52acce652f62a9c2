// SPDX-License-Identifier: Apache-2.0
// network_module.h: a network as a libtorch module, full precision or XNOR. arXiv:2103.03483, arXiv:2108.06128.
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

// RPReLU parameters, [channels] each (binary_layers.h). The initial slope is 0.25.
struct RpreluImpl : torch::nn::Module {
  explicit RpreluImpl(int channels);
  torch::Tensor threshold, slope, offset;
};
TORCH_MODULE(Rprelu);

// Takes waves [N][1][1][window_samples], or images in [-1, 1) or features of any magnitude,
// [N][channels][height][width]; returns logits [N][classes]. Parameters are named as in graph/network.h.
class NetworkModuleImpl : public torch::nn::Module {
 public:
  NetworkModuleImpl(const NetworkSpec& spec, ModuleOptions options);

  torch::Tensor forward(torch::Tensor input);
  // Returns logits; conv_outputs[k] is the output of conv k after activation and pool.
  torch::Tensor forward(torch::Tensor input, std::vector<torch::Tensor>& conv_outputs);

  // The inputs of a binary network's sign functions: element k is the batch-norm output in front of conv k (0-based),
  // or undefined if conv k is not binary. Switches to evaluation mode.
  std::vector<torch::Tensor> pre_signs(const torch::Tensor& input);

  // Off in the first stage of two-stage binary training: only activations are binary.
  void binarize_weights(bool on) { weights_binary_ = on; }

  // Selects how binary convolutions are computed; the default suits a CPU.
  void compute_signs(SignSums sums, bool tf32_gradients) {
    sign_sums_ = sums;
    tf32_gradients_ = tf32_gradients;
  }
  void compute_signs_as(const NetworkModuleImpl& other) { compute_signs(other.sign_sums_, other.tf32_gradients_); }

  // Keeps the scales of batch norms in front of signs at 0.01 or more, so that sign(BN(x)) is `x > threshold`. As
  // published, also after a first convolution that outputs bits.
  void clamp_batch_norms();

  // Call before each step. Centers and clamps binary weights and calls clamp_batch_norms(), as published.
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
  // What to record in a forward pass; null: nothing.
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
  std::vector<std::vector<std::size_t>> unread_after_;  // [step] values that no later step reads
  ModuleOptions options_;
  bool weights_binary_ = true;
  SignSums sign_sums_ = SignSums::kScaledWeights;
  bool tf32_gradients_ = false;
  std::vector<torch::nn::Conv2d> convs_;
  std::vector<torch::nn::BatchNorm2d> norms_;  // null where a convolution has a bias
  std::vector<Rprelu> rprelus_;                // null if ReLU is used
  torch::nn::Linear head_{nullptr};
};
TORCH_MODULE(NetworkModule);

}  // namespace stapes
