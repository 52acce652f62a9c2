// SPDX-License-Identifier: Apache-2.0
// kl_loss.h: the loss of every training run.
#pragma once

#include <torch/torch.h>

namespace stapes {

// KL(target || softmax(logits)), mean over the batch. Both [N][classes].
inline torch::Tensor kl_loss(const torch::Tensor& logits, const torch::Tensor& target) {
  return torch::kl_div(torch::log_softmax(logits, 1), target, at::Reduction::Sum) / static_cast<double>(logits.size(0));
}

}  // namespace stapes
