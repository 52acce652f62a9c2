// SPDX-License-Identifier: Apache-2.0
#include "train/prune/taylor_rank.h"

#include <cmath>

#include "base/error.h"
#include "data/batch_stream.h"
#include "graph/geometry.h"
#include "train/kl_loss.h"
#include "train/tensor_batch.h"

namespace stapes {
namespace {

// Adds the mean over batch and positions of a * dL/da. Convolutions that share a width are pruned together, so their
// scores are summed.
void add_batch(const NetworkModule& module, int batch_size, FilterScores& scores) {
  const std::vector<ConvGeometry>& convs = module->geometry().convs;
  for (std::size_t i = 0; i < convs.size(); ++i) {
    const ConvGeometry& g = convs[i];
    if (g.out_width == kNoWidth) continue;  // depthwise on the input or after a transpose: nothing to remove
    const torch::Tensor parameter = module->conv_weight(static_cast<int>(i));
    const torch::Tensor weight = parameter.detach(), gradient = parameter.grad();
    const torch::Tensor sums = (weight.to(torch::kDouble) * gradient).sum({1, 2, 3}).to(torch::kCPU).contiguous();
    const double count = static_cast<double>(batch_size) * g.out_h * g.out_w;
    auto& of_filter = scores.of_filter[static_cast<std::size_t>(g.out_width)];
    for (std::size_t f = 0; f < of_filter.size(); ++f) of_filter[f] += sums.data_ptr<double>()[f] / count;
  }
}

}  // namespace

std::size_t pruning_batches(const SampleSource& samples, int batch_size) {
  const auto size = static_cast<std::size_t>(batch_size);
  return (samples.clips().clips.size() + size - 1) / size;
}

FilterScores taylor_scores(NetworkModule& module, const SampleSource& samples, std::uint32_t epoch, int batch_size) {
  module->eval();
  FilterScores scores;
  for (const int width : module->spec().graph.widths)
    scores.of_filter.emplace_back(static_cast<std::size_t>(width), 0.0);
  BatchStream stream(samples, epoch, batch_size, /*threads=*/2, pruning_batches(samples, batch_size));
  Batch batch;
  while (stream.next(batch)) {
    module->zero_grad();
    const TensorBatch tensors = as_tensors(batch, module->spec());
    kl_loss(module->forward(tensors.values), tensors.targets).backward();
    add_batch(module, batch.count, scores);
  }
  module->zero_grad();
  for (auto& layer : scores.of_filter) {
    for (double& score : layer) score = std::fabs(score);
    for (const double score : layer) {
      if (!std::isfinite(score))
        throw Error("a Taylor rank is {}: the network to prune has gradients that are not finite", score);
    }
  }
  return scores;
}

}  // namespace stapes
