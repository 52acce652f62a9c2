// SPDX-License-Identifier: Apache-2.0
#include "runs/prune/prune_request.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "evaluate/packed_evaluation.h"
#include "graph/weights_file.h"
#include "runs/lineage.h"
#include "runs/parents.h"
#include "runs/recipes.h"
#include "runs/run_folder.h"

namespace stapes {
namespace {
namespace fs = std::filesystem;

void refuse_foreign_weights(const RunFolder& run, const TrainedNetwork& network) {
  const TrainConfig& config = run.config();
  const NetworkSpec &spec = network.spec, &expected = config.spec;
  const bool same_form = same_graph(spec, expected) && spec.class_count == expected.class_count &&
                         spec.input == expected.input && spec.binary == expected.binary;
  const Ancestry ancestry = read_ancestry(network.provenance);
  const bool same_data = !ancestry.known.empty() && ancestry.known.front().data_hash == config.data_hash &&
                         ancestry.known.front().test_fold == config.fold;
  if (same_form && same_data) return;
  throw Error(
      "the weights in {} are from another run: config.json has other {}; restore the run's own weights, or prune these "
      "with --data",
      run.path().string(), same_form ? "data or another test fold" : "nodes, widths, classes, input or form");
}

PruneParent imported_parent(const PruneRequest& request) {
  PruneParent parent{.network = read_network(request.parent), .config = {}, .chosen = nullptr};
  parent.chosen = std::make_unique<ChosenData>(request.data);
  const NetworkInput& input = parent.network.spec.input;
  check_fit(parent.network.labels, {input_kind(input), sample_rate_hz(input), input_size(input)}, parent.chosen->clips);
  TrainConfig& config = parent.config;
  config.data = fs::absolute(request.data.data).string();
  config.data_hash = parent.chosen->data.hash();
  config.classes = request.data.classes;
  config.fold = request.data.fold;
  config.spec = parent.network.spec;
  if (parent.chosen->data.kind() != InputKind::kSound) apply_image_recipe(config);
  return parent;
}

PruneParent trained_parent(const PruneRequest& request) {
  const bool folder = !fs::is_regular_file(request.parent);  // also true if missing, which open() reports
  std::optional<TrainedNetwork> network;
  if (!folder) network = read_network(request.parent);  // first, so that errors name a packed model, not its folder
  const RunFolder run = RunFolder::open(folder ? request.parent : request.parent.parent_path());
  if (folder) network = read_network(request.parent);
  PruneParent parent{.network = *std::move(network), .config = run.config(), .chosen = nullptr};
  refuse_foreign_weights(run, parent.network);
  parent.chosen = std::make_unique<ChosenData>(data_of(run));
  return parent;
}

}  // namespace

PruneParent read_prune_parent(const PruneRequest& request) {
  return request.data.data.empty() ? trained_parent(request) : imported_parent(request);
}

TrainConfig config_after_pruning(const PruneRequest& request, const PruneParent& parent, const PrunePlan& plan,
                                 Device device) {
  TrainConfig config = parent.config;
  forget_teacher(config);
  config.init = fs::absolute(request.parent).string();
  config.init_provenance = parent.network.provenance;
  config.init_hash = content_hash(parent.network);
  config.weight_ratio = 0;  // the parent's weight pruning is not carried over
  config.pruning = to_json(plan).dump();
  config.seed = request.seed;
  if (!plan.prunes_filters()) {
    apply_weight_pruning_recipe(config);
  } else if (!plan.from_scratch) {
    config.recipe = "none";
    config.schedule = Schedule::kOneCycle;
    config.learning_rate = 0.01;
    config.epochs = std::max(1, config.epochs / 2);
  }
  apply(request.training, parent.chosen->training().clips.size(), device, config);
  if (!plan.prunes_filters()) {
    if (!request.training.has("ema")) config.ema_decay = 0;
    config.weight_ratio = plan.ratio;
    config.weight_scope = plan.scope;
    check_config(config);
  }
  return config;
}

TrainConfig config_of_pruned(TrainConfig config, const PrunePlan& plan, const TrainedNetwork& pruned,
                             const fs::path& output) {
  config.spec = pruned.spec;
  config.labels = pruned.labels;
  config.init = plan.from_scratch ? "" : (fs::absolute(output) / kPrunedFileName).string();
  config.init_provenance = plan.from_scratch ? "{}" : pruned.provenance;
  config.init_hash = plan.from_scratch ? "" : content_hash(pruned);
  return config;
}

}  // namespace stapes
