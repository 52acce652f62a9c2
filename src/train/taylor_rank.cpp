#include "train/taylor_rank.h"

#include <cmath>

#include "base/error.h"
#include "data/batch_stream.h"
#include "train/kl_loss.h"

namespace stapes {
namespace {

// Adds, for each filter, the mean over batch and positions of a * dL/da.
void add_batch(const Acdnet& module, const AcdnetGeometry& geometry, int batch_size, FilterScores& scores) {
  for (int conv = 0; conv < kAcdnetConvs; ++conv) {
    const ConvGeometry& g = geometry.convs[static_cast<std::size_t>(conv)];
    const torch::Tensor weight = module->conv_weight(conv).detach(), gradient = module->conv_weight(conv).grad();
    const torch::Tensor sums = (weight.to(torch::kDouble) * gradient).sum({1, 2, 3}).to(torch::kCPU).contiguous();
    const double count = static_cast<double>(batch_size) * g.out_h * g.out_w;
    auto& of_filter = scores.of_filter[static_cast<std::size_t>(conv)];
    of_filter.resize(static_cast<std::size_t>(g.out_channels), 0);
    for (std::size_t f = 0; f < of_filter.size(); ++f) of_filter[f] += sums.data_ptr<double>()[f] / count;
  }
}

}  // namespace

std::size_t pruning_batches(const TrainingSamples& samples, int batch_size) {
  const auto size = static_cast<std::size_t>(batch_size);
  return (samples.clips().clips.size() + size - 1) / size;
}

FilterScores taylor_scores(Acdnet& module, const TrainingSamples& samples, std::uint32_t epoch, int batch_size) {
  module->eval();
  const AcdnetGeometry geometry = acdnet_geometry(module->spec());
  FilterScores scores;
  BatchStream stream(samples, epoch, batch_size, /*threads=*/2, pruning_batches(samples, batch_size));
  Batch batch;
  while (stream.next(batch)) {
    module->zero_grad();
    const torch::Tensor waves =
        torch::from_blob(batch.waves.data(), {batch.count, 1, 1, samples.spec().window_samples});
    const torch::Tensor targets =
        torch::from_blob(batch.targets.data(), {batch.count, static_cast<std::int64_t>(samples.class_count())});
    kl_loss(module->forward(waves), targets).backward();
    add_batch(module, geometry, batch.count, scores);
  }
  module->zero_grad();
  for (auto& layer : scores.of_filter) {
    for (double& score : layer) score = std::fabs(score);
    for (const double score : layer) {
      if (!std::isfinite(score)) throw Error("a Taylor rank is {}: the network to prune does not work", score);
    }
  }
  return scores;
}

}  // namespace stapes
