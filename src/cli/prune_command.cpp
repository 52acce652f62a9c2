// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/progress.h"
#include "cli/train_options.h"
#include "cli/training_environment.h"
#include "cli/training_output.h"
#include "evaluate/packed_evaluation.h"
#include "graph/weights_file.h"
#include "runs/held_out.h"
#include "runs/lineage.h"
#include "runs/parents.h"
#include "runs/prune_options.h"
#include "train/prune_run.h"
#include "train/training_inputs.h"

namespace stapes::cli {
namespace {
namespace fs = std::filesystem;

struct PruneOptions {
  fs::path parent, output;
  std::shared_ptr<GivenOptions<PruneSettings>> pruning = std::make_shared<GivenOptions<PruneSettings>>();
  DataOptions data;
  std::shared_ptr<GivenTraining> training = std::make_shared<GivenTraining>();
};

// What is pruned: its weights, and, unless --data says so, the data and recipe of its run.
struct Parent {
  TrainedNetwork network;
  TrainConfig config;
  std::unique_ptr<ChosenData> chosen;
};

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
      "the weights in {} are not of this run: its config.json says other {}; put its own back, or prune them "
      "with --data",
      run.path().string(), same_form ? "data or another test fold" : "widths, classes, rate or window");
}

Parent imported_parent(const PruneOptions& options, const Common& common) {
  Parent parent{.network = read_network(options.parent), .config = {}, .chosen = nullptr};
  parent.chosen = std::make_unique<ChosenData>(options.data, common);
  check_fit(parent.network.labels, {sample_rate_hz(parent.network.spec.input), image_size(parent.network.spec.input)},
            parent.chosen->clips);
  TrainConfig& config = parent.config;
  config.data = fs::absolute(options.data.data).string();
  config.data_hash = parent.chosen->data.hash();
  config.classes = options.data.classes;
  config.fold = options.data.fold;
  config.spec = parent.network.spec;
  if (parent.chosen->data.image()) apply_image_recipe(config);
  return parent;
}

Parent trained_parent(const PruneOptions& options) {
  const bool folder = !fs::is_regular_file(options.parent);  // also what is not there: open() names it
  std::optional<TrainedNetwork> network;
  if (!folder) network = read_network(options.parent);  // a packed model is named, not the folder that it lies in
  const RunFolder run = RunFolder::open(folder ? options.parent : options.parent.parent_path());
  if (folder) network = read_network(options.parent);
  Parent parent{.network = *std::move(network), .config = run.config(), .chosen = nullptr};
  refuse_foreign_weights(run, parent.network);
  parent.chosen = std::make_unique<ChosenData>(data_of(run));
  return parent;
}

// The parent's data and folds. Filters: one cycle of half its epochs at a low rate, or from scratch all of its recipe;
// weights: the published numbers. Options change them. The teacher is not read yet.
TrainConfig training_config(const Parent& parent, const PruneOptions& options, const PrunePlan& plan,
                            const Common& common) {
  TrainConfig config = parent.config;
  forget_teacher(config);
  config.init = fs::absolute(options.parent).string();
  config.init_provenance = parent.network.provenance;
  config.init_hash = content_hash(parent.network);
  config.weight_ratio = 0;  // a parent that was weight-pruned is not kept so
  config.pruning = to_json(plan).dump();
  config.seed = common.seed;
  if (!plan.prunes_filters()) {
    apply_weight_pruning_recipe(config);
  } else if (!plan.from_scratch) {
    config.recipe = "none";
    config.schedule = Schedule::kOneCycle;
    config.learning_rate = 0.01;
    config.epochs = std::max(1, config.epochs / 2);
  }
  apply(*options.training, parent.chosen->training().clips.size(), config);
  if (!plan.prunes_filters()) {
    if (!options.training->has("ema")) config.ema_decay = 0;
    config.weight_ratio = plan.ratio;
    config.weight_scope = plan.scope;
    check_config(config);
  }
  return config;
}

void say_what_is_done(const PrunePlan& plan, const Parent& parent, const TrainConfig& config, const Common& common) {
  if (common.quiet || common.json) return;
  print_note(describe(plan) + "\n");
  if (trained_on_validation_clips(parent.network.provenance, config)) {
    print_note(
        "warning: the parent was trained on the validation clips, too, so they choose too good an epoch; train it "
        "with the same --select validation\n");
  }
}

void say_what_is_left(const PrunePlan& plan, const TrainedNetwork& parent, const TrainedNetwork& pruned,
                      const Common& common) {
  if (common.quiet || common.json || !plan.prunes_filters()) return;
  print_note(fmt::format("{} of {} filters are left; int8 it needs {}\n", filters_in_scope(pruned.spec.graph, {}),
                         filters_in_scope(parent.spec.graph, {}), to_string(int8_needs(pruned))));
}

TrainedNetwork pruned_with_progress(const PruneWork& work, const TrainingInputs& inputs, const ChosenData& chosen,
                                    const Common& common) {
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
  return work.finish(inputs.clips.training, observers);
}

// The run to train: the pruned network, or its widths.
TrainConfig run_config(TrainConfig config, const PrunePlan& plan, const TrainedNetwork& pruned,
                       const PruneOptions& options) {
  config.spec = pruned.spec;
  config.labels = pruned.labels;
  config.init = plan.from_scratch ? "" : (fs::absolute(options.output) / kPrunedFileName).string();
  config.init_provenance = plan.from_scratch ? "{}" : pruned.provenance;
  config.init_hash = plan.from_scratch ? "" : content_hash(pruned);
  return config;
}

void refuse_begun(const PruneOptions& options, const Common& common) {
  if (!common.force && RunFolder::is_one(options.output)) {
    throw Error(
        "{0} exists; if its training was interrupted go on with `stapes train --resume {0}`, else choose another "
        "name or pass --force to replace it",
        options.output.string());
  }
  refuse_existing(options.output, common.existing());
}

fs::path work_folder(const fs::path& output) {
  fs::path folder = output.has_filename() ? output : output.parent_path();  // "runs/a/" is "runs/a"
  folder += ".pruning";
  return folder;
}

// Pruning computes on the CPU, training perhaps on a GPU. On one (H200, PyTorch 2.11), the process that had pruned died
// of signal 11 while training, 6 times out of 6; a new process that resumed the same run never did (docs/training.md).
// So a process that has pruned never trains the result, not even on a CPU.
[[noreturn]] void train_in_a_new_process(const RunFolder& run, const Common& common) {
  std::vector<std::string> arguments = {"train", "--resume", run.path().string()};
  if (common.quiet) arguments.emplace_back("--quiet");
  if (common.verbose) arguments.emplace_back("--verbose");
  if (common.json) arguments.emplace_back("--json");
  restart_with(arguments);
}

void prune(const PruneOptions& options, const Common& common) {
  PruneSettings settings;
  options.pruning->apply(settings);
  PrunePlan plan = plan_of(settings);
  refuse_begun(options, common);
  const Parent parent = options.data.data.empty() ? trained_parent(options) : imported_parent(options, common);
  plan.scope = parse_prune_scope(parent.network.spec.graph, settings.scope);
  check_prunable(parent.network);  // before the training options, which mean nothing for such a parent
  TrainConfig config = training_config(parent, options, plan, common);
  std::optional<TrainedNetwork> teacher = adopt_teacher(config);
  check_plan(plan, config, parent.network);  // all checks before anything is written
  const TrainingInputs inputs(config, parent.chosen->training(), parent.chosen->test(),
                              {parent.network, std::move(teacher)});
  refuse_own_input(options.output, {options.parent.string(), config.teacher});
  say_what_is_done(plan, parent, config, common);
  const PruneWork work(work_folder(options.output), plan, config, parent.network, common.existing());
  const TrainedNetwork pruned = pruned_with_progress(work, inputs, *parent.chosen, common);
  say_what_is_left(plan, parent.network, pruned, common);
  const RunFolder run = RunFolder::create(
      options.output, run_config(config, plan, pruned, options), common.existing(),
      [&](const fs::path& partial) { write_network(partial / kPrunedFileName, pruned, Existing::kRefuse); });
  work.remove();
  train_in_a_new_process(run, common);
}

void add_parent_data_options(CLI::App& command, const std::shared_ptr<PruneOptions>& options) {
  auto* data = command.add_option("--data", options->data.data,
                                  "data-set cache, for weights that were not trained here (default: the run's own)");
  command.add_option("--classes", options->data.classes, "with --data: the network's classes (default all)")
      ->needs(data);
  command.add_option("--fold", options->data.fold, "with --data: test fold (default 1)")->needs(data);
}

}  // namespace

void add_prune_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<PruneOptions>();
  CLI::App* command = add_common(app,
                                 "stapes prune runs/fp32 --method taylor --ratio 0.5 -o runs/pruned\n"
                                 "  stapes prune runs/fp32 --method magnitude --flash 64K --ram 16K -o runs/fits",
                                 common);
  command->add_option("RUN", options->parent, "full-precision run folder, or a .network file in one")->required();
  add_options(*command, kPrune, options->pruning);
  command->add_option("-o,--output", options->output, "run folder to create")->required();
  add_parent_data_options(*command, options);
  add_training_options(*command, kPrune, options->training);
  add_force(*command, common);
  command->callback([=] { prune(*options, *common); });
}

}  // namespace stapes::cli
