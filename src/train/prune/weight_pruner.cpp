// SPDX-License-Identifier: Apache-2.0
#include "train/prune/weight_pruner.h"

#include <algorithm>

#include "base/error.h"
#include "train/network_io.h"

namespace stapes {

WeightPruner::WeightPruner(const NetworkModule& module, double ratio, const PruneScope& scope) {
  if (module->spec().binary) throw Error("a binary network cannot be pruned; prune its full-precision parent instead");
  if (!(ratio >= 0 && ratio < 1))
    throw UsageError("the pruning ratio {} is out of range; expected at least 0 and below 1", ratio);
  const Graph& graph = module->spec().graph;
  const std::vector<bool> in_scope = nodes_in_scope(graph, scope);
  const auto& convs = module->geometry().convs;
  for (std::size_t i = 0; i < convs.size(); ++i) {
    if (!in_scope[static_cast<std::size_t>(node_called(graph, convs[i].name))]) continue;
    layers_.push_back(module->conv_weight(static_cast<int>(i)));
  }
  layers_.push_back(module->named_parameters()["head.weight"]);
  for (const torch::Tensor& layer : layers_) total_ += layer.numel();
  kept_ = total_ - static_cast<std::int64_t>(ratio * static_cast<double>(total_));
}

torch::Tensor WeightPruner::magnitudes() const {
  std::vector<torch::Tensor> flat;
  for (const torch::Tensor& layer : layers_) flat.push_back(layer.detach().flatten().abs());
  return torch::cat(flat);
}

void WeightPruner::project() const {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor all = magnitudes();
  const torch::Tensor largest = std::get<1>(all.topk(kept_, 0, /*largest=*/true, /*sorted=*/false));
  const torch::Tensor mask = torch::zeros_like(all).index_fill_(0, largest, 1);  // a threshold would mishandle ties
  std::int64_t first = 0;
  for (torch::Tensor layer : layers_) {
    layer.mul_(mask.slice(0, first, first + layer.numel()).view_as(layer));
    first += layer.numel();
  }
}

void WeightPruner::refuse_empty_layers() const {
  const torch::NoGradGuard no_gradient;
  float weakest_layer = layers_.front().abs().max().item<float>();  // the smallest of the layers' largest |w|
  for (const torch::Tensor& layer : layers_) weakest_layer = std::min(weakest_layer, layer.abs().max().item<float>());
  const auto smaller = magnitudes().lt(weakest_layer).sum().item<std::int64_t>();  // zeroing these empties no layer
  if (zeroed() <= smaller) return;
  throw UsageError("ratio {:.4f} would leave a layer without weights; at most {:.4f} is possible ({} of {} weights)",
                   static_cast<double>(zeroed()) / static_cast<double>(total_),
                   static_cast<double>(smaller) / static_cast<double>(total_), smaller, total_);
}

TrainedNetwork with_largest_weights(const TrainedNetwork& network, double ratio, const PruneScope& scope) {
  NetworkModule module(network.spec, ModuleOptions{.batch_norm_epsilon = network.batch_norm_epsilon});
  load_network(module, network);
  const WeightPruner pruner(module, ratio, scope);
  pruner.refuse_empty_layers();
  pruner.project();
  TrainedNetwork sparse = to_network(module);
  sparse.labels = network.labels;
  sparse.provenance = network.provenance;
  return sparse;
}

}  // namespace stapes
