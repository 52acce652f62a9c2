// SPDX-License-Identifier: Apache-2.0
// weight_average.h: the exponential moving average (EMA) of a network's weights.
#pragma once

#include <torch/torch.h>

#include <functional>

#include "train/modules/network_module.h"

namespace stapes {

// average <- d * average + (1 - d) * weights after each step, with d = min(decay, (1 + t) / (10 + t)) at step t, so
// that initial weights do not dominate early averages. For a binary network the real-valued weights are averaged.
//
// Batch-norm statistics are measured with the averaged weights: averaged statistics would not fit their signs and mean
// |W|.
class WeightAverage {
 public:
  WeightAverage(const NetworkSpec& spec, const ModuleOptions& options, double decay);

  // Call after an optimizer step. `module` has the same spec.
  void update(const NetworkModule& module);

  // Sets the batch-norm statistics to their means over the batches from `next`, which ends with an undefined tensor.
  void measure_batch_norms(const std::function<torch::Tensor()>& next);

  // The module is in evaluation mode. Its batch norms are valid only after measure_batch_norms().
  NetworkModule& module() { return average_; }

  void save(torch::serialize::OutputArchive& archive) const;
  void load(torch::serialize::InputArchive& archive);

 private:
  NetworkModule average_;
  double decay_;
  std::int64_t steps_ = 0;
};

}  // namespace stapes
