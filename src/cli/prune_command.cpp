#include <fmt/format.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/train_options.h"
#include "cli/training_output.h"
#include "compress/prune.h"
#include "network/weights_file.h"
#include "train/check_training.h"
#include "train/parents.h"

namespace stapes::cli {
namespace {

constexpr const char* kPrunedName = "pruned.network";  // where fine-tuning starts, and starts again when resumed

struct PruneOptions {
  std::filesystem::path parent, output;
  std::string method = "magnitude";
  double ratio = 0.5;
  std::shared_ptr<RecipeOptions> recipe = std::make_shared<RecipeOptions>();
};

// The parent's data and folds; one cycle of half its epochs at a low rate, unless options say otherwise.
TrainConfig fine_tuning_config(const TrainConfig& parent, const TrainedNetwork& pruned, std::size_t training_clips,
                               const PruneOptions& options, const Common& common) {
  TrainConfig config = parent;
  config.recipe = "none";
  config.spec = pruned.spec;
  config.init = (std::filesystem::absolute(options.output) / kPrunedName).string();
  config.teacher.clear();
  config.schedule = Schedule::kOneCycle;
  config.learning_rate = 0.01;
  config.epochs = std::max(1, parent.epochs / 2);
  config.init_provenance = pruned.provenance;
  config.init_hash = content_hash(pruned);
  config.teacher_provenance = "{}";
  config.teacher_hash.clear();
  config.seed = common.seed;
  apply(*options.recipe, training_clips, config);
  adopt_teacher(config);
  return config;
}

void prune(const PruneOptions& options, const Common& common) {
  if (options.method != "magnitude") throw UsageError("unknown pruning method {}; known is magnitude", options.method);
  refuse_existing(options.output, common.existing());
  const RunFolder parent = RunFolder::open(options.parent);
  PruneReport report;
  const TrainedNetwork pruned = prune_by_magnitude(read_network(options.parent), options.ratio, &report);
  const ChosenData chosen = data_of(parent);
  const ClipSet training = chosen.training(), test = chosen.test();
  const TrainConfig config = fine_tuning_config(parent.config(), pruned, training.clips.size(), options, common);
  if (!common.quiet && !common.json) {
    print_note(fmt::format("{} of {} filters are left\n", report.filters_after, report.filters_before));
  }
  check_training(config, training, test, pruned);  // before anything is written
  refuse_own_parent(options.output, {options.parent.string(), config.teacher});
  const RunFolder run = RunFolder::create(options.output, config, common.existing());
  write_network(options.output / kPrunedName, pruned, Existing::kReplace);
  print_result(run, train_with_progress(run, training, test, pruned, common), common);
}

}  // namespace

void add_prune_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<PruneOptions>();
  CLI::App* command = add_command(app, "prune", "Removes the weakest filters of a run and fine-tunes what is left",
                                  "stapes prune runs/fp32 --method magnitude --ratio 0.5 -o runs/pruned", common);
  command->add_option("RUN", options->parent, "full-precision run folder")->required();
  command->add_option("--method", options->method, "magnitude: lowest sum |w| first, all layers together")
      ->capture_default_str();
  command->add_option("--ratio", options->ratio, "share of all filters to remove, 0 to below 1")->capture_default_str();
  command->add_option("-o,--output", options->output, "run folder to create")->required();
  add_recipe_options(*command, options->recipe);
  add_force(*command, common);
  command->callback([=] { prune(*options, *common); });
}

}  // namespace stapes::cli
