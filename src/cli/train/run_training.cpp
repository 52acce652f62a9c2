// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/error.h"
#include "cli/data_options.h"
#include "cli/train/train_command.h"
#include "cli/train/training_output.h"
#include "runs/fold_runs.h"
#include "runs/held_out.h"
#include "train/new_run.h"

namespace stapes::cli {
namespace {

void warn_about_validation(const TrainConfig& config, const Common& common) {
  if (common.quiet) return;
  const auto warn = [&](const char* role, const std::string& path) {
    print_note(
        fmt::format("warning: {} {} was also trained on the validation clips, so the choice of the best epoch is "
                    "biased; train that network with --select validation and the same --validation-share\n",
                    role, path));
  };
  if (trained_on_validation_clips(config.init_provenance, config)) warn("the initial network", config.init);
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
  print_note("note: a network with --shortcuts can be trained, but neither packed nor evaluated by `stapes eval`\n");
}

void start_folds(const TrainOptions& options, const Common& common) {
  ChosenData chosen = choose_data(options.request.data, common);
  std::vector<TrainConfig> configs;
  std::map<int, TrainingInputs> inputs;  // by fold
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

}  // namespace

void run_training(const TrainOptions& options, const Common& common) {
  if (options.resume.empty()) {
    start_run(options, common);
  } else {
    resume_run(options, common);
  }
}

}  // namespace stapes::cli
