// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "cli/data_options.h"
#include "cli/progress.h"
#include "cli/train/prune_command.h"
#include "cli/train/training_environment.h"
#include "cli/train/training_output.h"
#include "runs/held_out.h"
#include "train/prune/new_pruning.h"
#include "train/prune/prune_run.h"

namespace stapes::cli {
namespace {

void say_what_is_done(const NewPruning& pruning, const Common& common) {
  if (common.quiet || common.json) return;
  print_note(describe(pruning.plan) + "\n");
  if (trained_on_validation_clips(pruning.parent.network.provenance, pruning.config)) {
    print_note(
        "warning: the parent was also trained on the validation clips, so the choice of the best epoch is biased; "
        "train the parent with --select validation and the same --validation-share\n");
  }
}

void say_what_is_left(const NewPruning& pruning, const TrainedNetwork& pruned, const Common& common) {
  if (common.quiet || common.json || !pruning.plan.prunes_filters()) return;
  print_note(fmt::format("{} of {} filters are left; in int8 the network needs {}\n",
                         filters_in_scope(pruned.spec.graph, {}),
                         filters_in_scope(pruning.parent.network.spec.graph, {}), to_string(int8_needs(pruned))));
}

TrainedNetwork pruned_with_progress(const PruneWork& work, const NewPruning& pruning, const Common& common) {
  const ChosenData& chosen = *pruning.parent.chosen;
  std::unique_ptr<Progress> bar;
  const PruneObservers observers{
      .train =
          [&](const RunFolder& run, const TrainedNetwork& start) {
            const Parents parents{.start = start, .teacher = {}};
            train_with_progress(run, {run.config(), chosen.training(), chosen.test(), parents}, common);
          },
      .step =
          [&](const PruneProgress& now) {
            const auto done = static_cast<std::size_t>(now.filters_at_start - now.filters_left);
            const auto all = static_cast<std::size_t>(now.filters_at_start - now.filters_at_end);
            if (!bar) bar = std::make_unique<Progress>("pruning", all, !common.quiet && !common.json, "filters");
            bar->update(done);
          }};
  return work.finish(pruning.inputs.clips.training, observers, pruning.inputs.backgrounds.mix);
}

void refuse_begun(const PruneRequest& request, const Common& common) {
  if (!common.force && RunFolder::is_one(request.output)) {
    throw Error(
        "{0} exists; resume its training with `stapes train --resume {0}`, choose another name, or pass --force to "
        "replace it",
        request.output.string());
  }
  refuse_existing(request.output, common.existing());
}

// A process that has pruned on the CPU crashes with signal 11 when it trains on a GPU (H200, PyTorch 2.11). A new
// process that resumes the run does not (docs/guides/training.md). So a process that has pruned never trains, not even
// on a CPU.
[[noreturn]] void train_in_a_new_process(const RunFolder& run, const Common& common) {
  std::vector<std::string> arguments = {"train", "--resume", run.path().string()};
  if (common.quiet) arguments.emplace_back("--quiet");
  if (common.verbose) arguments.emplace_back("--verbose");
  if (common.json) arguments.emplace_back("--json");
  restart_with(arguments);
}

}  // namespace

void run_pruning(const PruneRequest& request, const Common& common) {
  refuse_begun(request, common);
  const NewPruning pruning = new_pruning(request);
  refuse_own_input(request.output, {request.parent.string(), pruning.config.teacher});
  if (!request.data.data.empty()) print_classes(request.data.classes, pruning.parent.chosen->clips, common);
  say_what_is_done(pruning, common);
  const PruneWork work(PruneWork::folder_for(request.output), pruning.plan, pruning.config, pruning.parent.network,
                       common.existing());
  const TrainedNetwork pruned = pruned_with_progress(work, pruning, common);
  say_what_is_left(pruning, pruned, common);
  const RunFolder run = create_pruned_run(pruning, pruned, request.output, common.existing());
  work.remove();
  train_in_a_new_process(run, common);
}

}  // namespace stapes::cli
