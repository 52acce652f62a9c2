// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "cli/add_options.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/train/training_output.h"
#include "graph/networks.h"
#include "runs/fold_runs.h"
#include "runs/held_out.h"
#include "runs/train_options.h"
#include "train/new_run.h"

namespace stapes::cli {
namespace {

struct TrainOptions {
  TrainRequest request;
  std::optional<std::string> folds;
  bool prepare = false;
  std::filesystem::path output, resume;
};

void warn_about_validation(const TrainConfig& config, const Common& common) {
  if (common.quiet) return;
  const auto warn = [&](const char* role, const std::string& path) {
    print_note(
        fmt::format("warning: {} {} was trained on the validation clips, too, so they choose too good an epoch; "
                    "train it with the same --select validation\n",
                    role, path));
  };
  if (trained_on_validation_clips(config.init_provenance, config)) warn("the start", config.init);
  if (trained_on_validation_clips(config.teacher_provenance, config)) warn("the teacher", config.teacher);
}

void say_backgrounds(const TrainConfig& config, const Backgrounds& backgrounds, const Common& common) {
  if (common.quiet || common.json || config.background.empty()) return;
  print_note(fmt::format("backgrounds: {} clips, {:.1f} min; not used: {} held out, {} too short, {} silent\n",
                         backgrounds.mix.clips.clips.size(), backgrounds.seconds() / 60, backgrounds.held_out,
                         backgrounds.too_short, backgrounds.silent));
}

void warn_about_packing(const TrainConfig& config, const Common& common) {
  if (common.quiet || !config.spec.form.shortcuts) return;
  print_note("note: a network with --shortcuts can be trained and evaluated, but not packed\n");
}

void start_folds(const TrainOptions& options, const Common& common) {
  ChosenData chosen = choose_data(options.request.data, common);
  std::vector<TrainConfig> configs;
  std::map<int, TrainingInputs> inputs;  // [fold]
  for (const int fold : parse_folds(*options.folds, chosen.clips)) {
    chosen.fold = fold;
    NewRun run = new_run(options.request, chosen);
    refuse_own_input(options.output, {run.config.init, run.config.teacher});
    configs.push_back(std::move(run.config));
    inputs.emplace(fold, std::move(run.inputs));
  }
  refuse_own_input(options.output, {options.request.init, options.request.given.text("teacher").value_or("")});
  warn_about_validation(configs.front(), common);
  warn_about_packing(configs.front(), common);
  say_backgrounds(configs.front(), inputs.at(configs.front().fold).backgrounds, common);
  const FoldRuns runs = FoldRuns::create(options.output, configs, common.existing());
  if (options.prepare) return print_prepared(runs, common);
  const auto train = [&](const RunFolder& run) { train_with_progress(run, inputs.at(run.config().fold), common); };
  train_folds(runs, train, common);
}

void start_run(const TrainOptions& options, const Common& common) {
  if (options.output.empty()) throw UsageError("train needs -o RUN, or --resume RUN");
  const bool begun = RunFolder::is_one(options.output) || FoldRuns::is_one(options.output);
  if (!common.force && begun) {
    throw Error("{} exists; continue it with --resume {}, or pass --force to replace it", options.output.string(),
                options.output.string());
  }
  refuse_existing(options.output, common.existing());
  if (options.folds) return start_folds(options, common);
  const ChosenData chosen = choose_data(options.request.data, common);
  const auto [config, inputs] = new_run(options.request, chosen);
  refuse_own_input(options.output, {config.init, config.teacher});
  warn_about_validation(config, common);
  warn_about_packing(config, common);
  say_backgrounds(config, inputs.backgrounds, common);
  const RunFolder run = RunFolder::create(options.output, config, common.existing());
  print_result(run, train_with_progress(run, inputs, common), common);
}

void resume_run(const TrainOptions& options, const Common& common) {
  ComputeOn on;
  if (const auto device = options.request.given.text("device")) on.device = choose_device(*device);
  if (FoldRuns::is_one(options.resume)) {
    const auto train = [&](const RunFolder& run) { return continue_run(run, common, on); };
    return train_folds(FoldRuns::open(options.resume), train, common);
  }
  const RunFolder run = RunFolder::open(options.resume);
  print_result(run, continue_run(run, common, on), common);
}

// A run is continued as it was begun; an option that would change it is a misunderstanding.
void refuse_other_options(const CLI::App& command) {
  const std::set<std::string> allowed = {"--resume", "--device", "--quiet", "--verbose", "--json"};
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() == 0 || allowed.contains(option->get_name())) continue;
    throw UsageError("--resume continues a run as its config.json says; {} cannot be given with it",
                     option->get_name());
  }
}

}  // namespace

void add_train_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<TrainOptions>();
  TrainRequest& request = options->request;
  CLI::App* command =
      add_common(app, "stapes train esc50.data --model micro-acdnet --classes esc10 --fold 4 -o runs/fp32", common);
  add_data_options(*command, {options, &options->request.data}, "test fold; training uses the others");
  command->get_option("DATA")->required(false);
  command->add_option("--model", request.model,
                      fmt::format("{} (default micro-acdnet; images resnet18)", model_help()));
  command->add_flag(
      "--binary", request.binary,
      "XNOR form: binary weights and activations, but not in the first convolution and those of --keep-8-bit");
  command
      ->add_option(
          "--samples", request.window_samples,
          "window length (default 30225 at 20 kHz, 66650 at 44.1 kHz, --recipe audioevent 51215 at 16 kHz, else 1 s)")
      ->check(CLI::Range(1, kMaxWindowSamples));
  CLI::Option* folds = command->add_option(
      "--folds", options->folds, "all, or some like 1,3: k-fold cross-validation, one run a fold in RUN/fold-K");
  folds->excludes(command->get_option("--fold"));
  command->add_flag("--prepare", options->prepare, "only write the folders of --folds, to be trained one by one")
      ->needs(folds);
  command->add_option("--init", request.init,
                      "run to start from; its widths are used. Of a k-fold folder, the same fold's run");
  command->add_option("-o,--output", options->output, "run folder to create");
  command->add_option("--resume", options->resume,
                      "run or k-fold folder to continue, to the same bits; what is finished is not trained again");
  add_options<TrainConfig>(*command, kTrain, {options, &request.given});
  add_force(*command, common);
  command->callback([=] {
    if (!options->resume.empty()) {
      refuse_other_options(*command);
      return resume_run(*options, *common);
    }
    if (options->request.data.data.empty()) throw UsageError("train needs DATA, or --resume RUN");
    options->request.seed = common->seed;
    start_run(*options, *common);
  });
}

}  // namespace stapes::cli
