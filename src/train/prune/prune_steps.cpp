// SPDX-License-Identifier: Apache-2.0
#include "train/prune/prune_steps.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include <cmath>
#include <mutex>

#include "base/error.h"
#include "data/batch_stream.h"
#include "graph/weights_file.h"
#include "train/kl_loss.h"
#include "train/modules/network_module.h"
#include "train/network_io.h"
#include "train/optimizer.h"
#include "train/prune/taylor_rank.h"
#include "train/tensor_batch.h"
#include "train/threads.h"

namespace stapes {
namespace {

constexpr double kRate = 1e-3, kMomentum = 0.9;
constexpr int kEpochsAStep = 1 + kEpochsAfterRemoval;  // one epoch for ranking

// Ranks the filters, removes the weakest and, unless one-shot, trains.
class Step {
 public:
  Step(const FilterPruning& pruning, const SampleSource& samples, int number)
      : pruning_(pruning), samples_(samples), first_epoch_(static_cast<std::uint32_t>(number * kEpochsAStep)) {
    // Seeds dropout. torch::manual_seed() would initialize every GPU.
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    const std::lock_guard lock(generator.mutex());
    generator.set_current_seed(pruning.seed + static_cast<std::uint64_t>(number));
  }

  TrainedNetwork run(const TrainedNetwork& network) {
    TrainedNetwork smaller = without_filters(network, removals(network));
    return pruning_.pace.one_shot() ? smaller : trained(smaller);
  }

 private:
  FilterScores scores(const TrainedNetwork& network) {
    if (pruning_.rank == FilterRank::kMagnitude) return magnitude_scores(network);
    NetworkModule module = module_of(network);
    return taylor_scores(module, samples_, first_epoch_, pruning_.batch_size);
  }

  std::vector<FilterId> removals(const TrainedNetwork& network) {
    const int removable = removable_filters(network.spec.graph, pruning_.scope);
    const int wanted =
        pruning_.budget ? removable : filters_in_scope(network.spec.graph, pruning_.scope) - pruning_.filters_left;
    const int most = pruning_.pace.one_shot() ? wanted : std::min(wanted, pruning_.pace.filters);
    std::vector<FilterId> order =
        removal_order(scores(network), widths_in_scope(network.spec.graph, pruning_.scope), most);
    if (pruning_.budget) {
      TrainedNetwork final = network;
      final.provenance = pruning_.final_provenance;
      order.resize(static_cast<std::size_t>(removals_to_fit(final, order, *pruning_.budget)));
    }
    return order;
  }

  NetworkModule module_of(const TrainedNetwork& network) const {
    NetworkModule module(network.spec,
                         ModuleOptions{.dropout = pruning_.dropout, .batch_norm_epsilon = network.batch_norm_epsilon});
    load_network(module, network);
    return module;
  }

  TrainedNetwork trained(const TrainedNetwork& network) {
    NetworkModule module = module_of(network);
    module->train();
    torch::optim::SGD optimizer(module->parameters(), torch::optim::SGDOptions(kRate).momentum(kMomentum));
    const std::size_t batches = pruning_batches(samples_, pruning_.batch_size);
    std::size_t iteration = 0;
    for (std::uint32_t epoch = 1; epoch <= kEpochsAfterRemoval; ++epoch) {
      BatchStream stream(samples_, first_epoch_ + epoch, pruning_.batch_size, /*threads=*/2, batches);
      Batch batch;
      while (stream.next(batch)) {
        set_learning_rate(optimizer, rate_after_removal(iteration++, kEpochsAfterRemoval * batches));
        train_batch(module, optimizer, batch);
      }
    }
    TrainedNetwork result = to_network(module);
    result.labels = network.labels;
    result.provenance = network.provenance;
    return result;
  }

  void train_batch(NetworkModule& module, torch::optim::SGD& optimizer, Batch& batch) const {
    optimizer.zero_grad();
    const TensorBatch tensors = as_tensors(batch, module->spec());
    torch::Tensor loss = kl_loss(module->forward(tensors.values), tensors.targets);
    loss.backward();
    optimizer.step();
    const double value = loss.item<double>();
    if (!std::isfinite(value)) throw Error("training between pruning steps diverged: the loss is {}", value);
  }

  const FilterPruning& pruning_;
  const SampleSource& samples_;
  std::uint32_t first_epoch_;
};

bool enough_are_gone(const TrainedNetwork& network, const FilterPruning& pruning) {
  if (!pruning.budget) return filters_in_scope(network.spec.graph, pruning.scope) <= pruning.filters_left;
  TrainedNetwork final = network;
  final.provenance = pruning.final_provenance;
  return fits(int8_needs(final), *pruning.budget);
}

}  // namespace

double rate_after_removal(std::size_t iteration, std::size_t iterations) {
  const double part = static_cast<double>(iteration) / static_cast<double>(iterations);
  return part < 0.5 ? kRate : part < 0.8 ? kRate / 10 : kRate / 100;
}

TrainedNetwork prune_filters(const TrainedNetwork& network, const FilterPruning& pruning, const SampleSource& samples,
                             const std::filesystem::path& state, const PruneObserver& observer) {
  use_threads(pruning.threads);
  TrainedNetwork left = std::filesystem::exists(state) ? read_network(state) : network;
  const int at_start = filters_in_scope(network.spec.graph, pruning.scope);
  const auto filters_left = [&] { return filters_in_scope(left.spec.graph, pruning.scope); };
  // Every step but the last removes pace.filters filters; one-shot has a single step.
  int steps = pruning.pace.one_shot() ? 0 : (at_start - filters_left()) / pruning.pace.filters;
  const int at_end =
      pruning.budget ? at_start - removable_filters(network.spec.graph, pruning.scope) : pruning.filters_left;
  while (!enough_are_gone(left, pruning)) {
    if (filters_left() == at_start - removable_filters(network.spec.graph, pruning.scope)) {
      throw Error(
          "the budget is not met even with one filter in each layer");  // refuse_unreachable() reports it earlier
    }
    left = Step(pruning, samples, steps++).run(left);
    write_network(state, left, Existing::kReplace);
    observer({steps, filters_left(), at_start, at_end});
  }
  return left;
}

}  // namespace stapes
