// SPDX-License-Identifier: Apache-2.0
// weight_pruner.h: weight pruning by projection (L0): after every optimizer step, keeps the k largest weights and sets
// the others to 0. Zero weights still have gradients and can become nonzero again. Source: arXiv:2103.03483.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "compress/prune.h"
#include "train/modules/network_module.h"

namespace stapes {

class WeightPruner {
 public:
  // Ranks the weights of the head and of all convolutions in scope together. Shares the module's tensors. `ratio` in
  // [0, 1): int(ratio * weights) become 0.
  WeightPruner(const NetworkModule& module, double ratio, const PruneScope& scope);

  // Keeps the largest |w|, sets the others to 0.
  void project() const;

  std::int64_t weights() const { return total_; }
  std::int64_t zeroed() const { return total_ - kept_; }

  // Throws UsageError, naming the largest possible ratio, if project() would zero a whole layer.
  void refuse_empty_layers() const;

 private:
  torch::Tensor magnitudes() const;  // |w| of all layers, concatenated

  std::vector<torch::Tensor> layers_;
  std::int64_t total_ = 0, kept_ = 0;
};

// `network` after project() and refuse_empty_layers(), to start training with a WeightPruner.
TrainedNetwork with_largest_weights(const TrainedNetwork& network, double ratio, const PruneScope& scope);

}  // namespace stapes
