// SPDX-License-Identifier: Apache-2.0
#include "train/prune/new_pruning.h"

#include <optional>
#include <utility>

#include "graph/weights_file.h"
#include "train/new_run.h"
#include "train/prune/prune_run.h"

namespace stapes {

NewPruning new_pruning(const PruneRequest& request) {
  PruneSettings settings;
  request.pruning.apply(settings);
  PrunePlan plan = plan_of(settings);
  PruneParent parent = read_prune_parent(request);
  plan.scope = parse_prune_scope(parent.network.spec.graph, settings.scope);
  check_prunable(parent.network);  // before the training options, which do not apply to a binary parent
  TrainConfig config = config_after_pruning(request, parent, plan, device_of(request.training));
  std::optional<TrainedNetwork> teacher = adopt_teacher(config);
  check_plan(plan, config, parent.network);
  TrainingInputs inputs(config, parent.chosen->training(), parent.chosen->test(), {parent.network, std::move(teacher)});
  return {std::move(plan), std::move(parent), std::move(config), std::move(inputs)};
}

RunFolder create_pruned_run(const NewPruning& pruning, const TrainedNetwork& pruned,
                            const std::filesystem::path& output, Existing existing) {
  return RunFolder::create(output, config_of_pruned(pruning.config, pruning.plan, pruned, output), existing,
                           [&](const std::filesystem::path& partial) {
                             write_network(partial / kPrunedFileName, pruned, Existing::kRefuse);
                           });
}

}  // namespace stapes
