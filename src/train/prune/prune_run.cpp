// SPDX-License-Identifier: Apache-2.0
#include "train/prune/prune_run.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "data/make_samples.h"
#include "graph/weights_file.h"
#include "runs/parents.h"
#include "runs/recipes.h"
#include "runs/run_provenance.h"
#include "train/prune/weight_pruner.h"

namespace stapes {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr const char* kPlanName = "plan.json";
constexpr std::size_t kRoomForLaterHistory = 512;  // bytes of provenance that quantization may add

std::unique_ptr<FileLock> lock_of(const fs::path& folder) {
  return std::make_unique<FileLock>(folder / "lock", folder.string());
}

// Creates the folder with this plan, unless it already holds the same plan.
void begin(const fs::path& folder, const std::string& plan, Existing existing) {
  if (fs::exists(folder / kPlanName)) {
    const auto nobody_works_there = lock_of(folder);
    if (read_text_file(folder / kPlanName) == plan) return;
    if (existing == Existing::kRefuse) {
      throw Error(
          "{} holds an interrupted pruning run with different options, data or parent; repeat its command to "
          "continue it, or pass --force to start over",
          folder.string());
    }
  }
  write_folder(folder, Existing::kReplace, kPlanName,
               [&](const fs::path& partial) { write_text_file(partial / kPlanName, plan, Existing::kRefuse); });
}

TrainConfig sparse_config(const PrunePlan& plan, const TrainConfig& config) {
  TrainConfig sparse = config;
  apply_weight_pruning_recipe(sparse);
  sparse.epochs = plan.weight_epochs;
  sparse.eval_every = std::max(1, sparse.epochs / 20);
  sparse.weight_ratio = plan.weight_ratio;
  sparse.weight_scope = plan.scope;
  forget_teacher(sparse);
  check_config(sparse);
  return sparse;
}

// `from` is the parent's provenance.
std::string pruned_provenance(const TrainConfig& config, const std::string& from) {
  json provenance = json::parse(run_provenance(config, 0, "pruned, then trained"));
  for (const char* of_training : {"epoch", "epochs", "teacher"}) provenance.erase(of_training);
  provenance["init"] = json::parse(from, nullptr, /*allow_exceptions=*/false);
  return provenance.dump();
}

// At least as long as the provenance of any network of the run, for an upper bound on the packed size.
std::string longest_provenance(const PrunePlan& plan, const TrainConfig& config, const TrainedNetwork& parent) {
  const auto trained_from = [](TrainConfig of, const std::string& start) {
    of.init = "start";
    of.init_provenance = start;
    return run_provenance(of, of.epochs, kAveragedWeights);
  };
  std::string start = parent.provenance;
  if (plan.method == PruneMethod::kHybrid) start = trained_from(sparse_config(plan, config), start);
  return trained_from(config, pruned_provenance(config, start)) + std::string(kRoomForLaterHistory, ' ');
}

}  // namespace

void check_prunable(const TrainedNetwork& parent) {
  if (parent.spec.binary) throw Error("a binary network cannot be pruned; prune its full-precision parent instead");
}

void check_plan(const PrunePlan& plan, const TrainConfig& config, const TrainedNetwork& parent) {
  check_prunable(parent);
  if (!plan.prunes_filters()) {
    if (plan.budget.any()) {
      throw UsageError(
          "--method weight takes --ratio: setting weights to 0 lowers neither MACs nor RAM; for --flash, --ram and "
          "--macs choose magnitude, taylor or hybrid");
    }
    if (plan.from_scratch)
      throw UsageError(
          "--from-scratch trains pruned widths, but --method weight changes no widths; leave out --from-scratch");
    with_largest_weights(parent, plan.ratio, plan.scope);
    return;
  }
  if (plan.method == PruneMethod::kHybrid) with_largest_weights(parent, plan.weight_ratio, plan.scope);
  if (plan.budget.any()) {
    TrainedNetwork final = parent;
    final.provenance = longest_provenance(plan, config, parent);
    refuse_unreachable(final, plan.scope, plan.budget);
  } else {
    filters_to_remove(parent.spec.graph, plan.scope, plan.ratio);
  }
}

PruneWork::PruneWork(fs::path folder, const PrunePlan& plan, const TrainConfig& config, const TrainedNetwork& parent,
                     Existing existing)
    : folder_(std::move(folder)), plan_(plan), config_(config), parent_(parent) {
  const json text = {{"plan", to_json(plan)}, {"training", to_json(config)}, {"parent_hash", content_hash(parent)}};
  begin(folder_, text.dump(2) + "\n", existing);
  lock_ = lock_of(folder_);
}

fs::path PruneWork::folder_for(const fs::path& output) {
  fs::path folder = output.has_filename() ? output : output.parent_path();  // "runs/a/" becomes "runs/a"
  folder += ".pruning";
  return folder;
}

void PruneWork::remove() const { fs::remove_all(folder_); }

TrainedNetwork PruneWork::sparse_network(const RunTrainer& train) const {
  TrainConfig config = sparse_config(plan_, config_);
  const TrainedNetwork start = with_largest_weights(parent_, plan_.weight_ratio, plan_.scope);
  config.init = fs::absolute(folder_ / "start.network").string();
  config.init_provenance = start.provenance;
  config.init_hash = content_hash(start);
  const fs::path path = folder_ / "sparse";
  const RunFolder run = fs::exists(path) ? RunFolder::open(path) : RunFolder::create(path, config, Existing::kRefuse);
  train(run, start);
  return read_network(run.weights());
}

FilterPruning PruneWork::filter_pruning(const TrainedNetwork& start) const {
  FilterPruning pruning{.rank = plan_.rank,
                        .pace = plan_.pace,
                        .scope = plan_.scope,
                        .batch_size = config_.batch_size,
                        .dropout = config_.dropout,
                        .seed = config_.seed,
                        .threads = config_.threads};
  if (!plan_.budget.any()) {
    pruning.filters_left =
        filters_in_scope(start.spec.graph, plan_.scope) - filters_to_remove(start.spec.graph, plan_.scope, plan_.ratio);
    return pruning;
  }
  pruning.budget = plan_.budget;
  pruning.final_provenance = longest_provenance(plan_, config_, parent_);
  return pruning;
}

TrainedNetwork PruneWork::finish(const ClipSet& training, const PruneObservers& observers,
                                 const BackgroundMix& backgrounds) const {
  TrainedNetwork pruned;
  std::string provenance;
  if (!plan_.prunes_filters()) {
    pruned = with_largest_weights(parent_, plan_.ratio, plan_.scope);
    provenance = pruned_provenance(config_, parent_.provenance);
  } else {
    const TrainedNetwork start = plan_.method == PruneMethod::kHybrid ? sparse_network(observers.train) : parent_;
    const auto samples = make_samples(training, config_.augment_spec(), config_.seed, backgrounds);
    pruned = prune_filters(start, filter_pruning(start), *samples, folder_ / "state.network", observers.step);
    provenance = pruned_provenance(config_, start.provenance);
  }
  pruned.provenance = provenance;
  pruned.labels = training.labels;
  return pruned;
}

}  // namespace stapes
