// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/train_folds.h"
#include "cli/train_options.h"
#include "cli/training_output.h"
#include "graph/networks.h"
#include "graph/weights_file.h"
#include "runs/held_out.h"
#include "runs/parents.h"
#include "runs/recipes.h"
#include "train/training_inputs.h"

namespace stapes::cli {
namespace {

struct TrainOptions {
  std::shared_ptr<DataOptions> data = std::make_shared<DataOptions>();
  std::shared_ptr<GivenTraining> given = std::make_shared<GivenTraining>();
  std::string init;
  std::optional<std::string> model, folds;
  int window_samples = 0;
  bool binary = false, prepare = false;
  std::filesystem::path output, resume;
};

void begin_with_recipe(const TrainOptions& options, bool images, TrainConfig& config) {
  const std::optional<std::string> recipe = options.given->text("recipe");
  if (!recipe) {
    options.binary ? apply_binary_recipe(config) : apply_full_precision_recipe(config);
    if (images) apply_image_recipe(config);
    config.spec.binary = options.binary;
    return;
  }
  apply_recipe(*recipe, config);
  if (is_for_images(*recipe) != images) {
    const char* purpose = images ? "sound; for images there are cifar and cifar-xnor" : "images";
    throw UsageError("--recipe {} is for {}", *recipe, purpose);
  }
  if (options.binary && !config.spec.binary) {
    throw UsageError("--recipe {} trains in full precision; for --binary choose xnor or xnor-paper", *recipe);
  }
}

void refuse_options_of_sound(const TrainOptions& options) {
  if (options.window_samples > 0 || !options.given->first_of(OptionGroup::kAugmentation).empty()) {
    throw UsageError(
        "--samples, --stretch and --gain-db are for sound; images are shifted, mirrored and turned as "
        "published");
  }
}

// Without the form of a binary network.
NetworkSpec spec_of(const TrainOptions& options, const std::string& recipe, const ChosenData& chosen,
                    const std::optional<TrainedNetwork>& start) {
  const bool images = chosen.data.image().has_value();
  if (images) refuse_options_of_sound(options);
  NetworkInput input;
  if (images) {
    input = *chosen.data.image();
  } else {
    const int rate = chosen.data.sample_rate_hz();
    input = AudioInput{rate, options.window_samples > 0 ? options.window_samples
                             : start                    ? input_values(start->spec.input)
                                                        : default_window_samples(recipe, rate)};
  }
  const int classes = static_cast<int>(chosen.clips.labels.size());
  if (start) return {.input = input, .class_count = classes, .graph = start->spec.graph};
  return named_network(options.model.value_or(images ? "resnet18" : "micro-acdnet"), classes, input);
}

// The teacher is not read yet.
TrainConfig make_config(const TrainOptions& options, const Common& common, const ChosenData& chosen,
                        std::size_t training_clips, const std::optional<TrainedNetwork>& start) {
  TrainConfig config;
  begin_with_recipe(options, chosen.data.image().has_value(), config);
  const bool binary = config.spec.binary;
  config.spec = spec_of(options, config.recipe, chosen, start);
  config.spec.binary = binary;
  config.data = std::filesystem::absolute(options.data->data).string();
  config.data_hash = chosen.data.hash();
  config.classes = options.data->classes;
  config.labels = chosen.clips.labels;
  config.fold = chosen.fold;
  config.seed = common.seed;
  apply(*options.given, training_clips, config);
  if (start) {
    config.init = std::filesystem::absolute(same_fold_of(options.init, config.fold)).string();
    config.init_provenance = start->provenance;
    config.init_hash = content_hash(*start);
  }
  return config;
}

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

void warn_about_packing(const TrainConfig& config, const Common& common) {
  if (common.quiet || !config.spec.form.shortcuts) return;
  print_note("note: a network with --shortcuts can be trained and evaluated, but not packed\n");
}

std::optional<TrainedNetwork> read_start(const TrainOptions& options, int fold) {
  if (options.init.empty()) return std::nullopt;
  return read_network(same_fold_of(options.init, fold));
}

struct NewRun {
  TrainConfig config;
  TrainingInputs inputs;
};

// Checked before anything is written.
NewRun new_run(const TrainOptions& options, const Common& common, const ChosenData& chosen) {
  const ClipSet training = chosen.training();
  Parents parents{.start = read_start(options, chosen.fold), .teacher = {}};
  TrainConfig config = make_config(options, common, chosen, training.clips.size(), parents.start);
  parents.teacher = adopt_teacher(config);
  TrainingInputs inputs(config, training, chosen.test(), std::move(parents));
  refuse_own_input(options.output, {config.init, config.teacher});
  return {std::move(config), std::move(inputs)};
}

// "all", or a list like 1,3.
std::vector<int> parse_folds(const std::string& text, const ClipSet& clips) {
  const std::vector<int> known = test_folds(clips);
  if (text == "all") return known;
  std::vector<int> folds;
  for (const std::string& part : CLI::detail::split(text, ',')) {
    const auto found = std::find_if(known.begin(), known.end(), [&](int k) { return std::to_string(k) == part; });
    if (found == known.end() || std::find(folds.begin(), folds.end(), *found) != folds.end()) {
      throw UsageError("--folds {}: '{}' is no fold, or there twice; expected all or some of {}", text, part,
                       fmt::join(known, ","));
    }
    folds.push_back(*found);
  }
  return folds;
}

void start_folds(const TrainOptions& options, const Common& common) {
  ChosenData chosen(*options.data, common);
  std::vector<TrainConfig> configs;
  std::map<int, TrainingInputs> inputs;  // [fold]
  for (const int fold : parse_folds(*options.folds, chosen.clips)) {
    chosen.fold = fold;
    NewRun run = new_run(options, common, chosen);
    configs.push_back(std::move(run.config));
    inputs.emplace(fold, std::move(run.inputs));
  }
  refuse_own_input(options.output, {options.init, options.given->text("teacher").value_or("")});
  warn_about_validation(configs.front(), common);
  warn_about_packing(configs.front(), common);
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
  const ChosenData chosen(*options.data, common);
  const auto [config, inputs] = new_run(options, common, chosen);
  warn_about_validation(config, common);
  warn_about_packing(config, common);
  const RunFolder run = RunFolder::create(options.output, config, common.existing());
  print_result(run, train_with_progress(run, inputs, common), common);
}

void resume_run(const TrainOptions& options, const Common& common) {
  ComputeOn on;
  if (const auto device = options.given->text("device")) on.device = choose_device(*device);
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
  CLI::App* command =
      add_common(app, "stapes train esc50.data --model micro-acdnet --classes esc10 --fold 4 -o runs/fp32", common);
  add_data_options(*command, options->data, "test fold; training uses the others");
  command->get_option("DATA")->required(false);
  command->add_option("--model", options->model,
                      fmt::format("{} (default micro-acdnet; images resnet18)", model_help()));
  command->add_flag(
      "--binary", options->binary,
      "XNOR form: binary weights and activations, but not in the first convolution and those of --keep-8-bit");
  command
      ->add_option(
          "--samples", options->window_samples,
          "window length (default 30225 at 20 kHz, 66650 at 44.1 kHz, --recipe audioevent 51215 at 16 kHz, else 1 s)")
      ->check(CLI::Range(1, kMaxWindowSamples));
  CLI::Option* folds = command->add_option(
      "--folds", options->folds, "all, or some like 1,3: k-fold cross-validation, one run a fold in RUN/fold-K");
  folds->excludes(command->get_option("--fold"));
  command->add_flag("--prepare", options->prepare, "only write the folders of --folds, to be trained one by one")
      ->needs(folds);
  command->add_option("--init", options->init,
                      "run to start from; its widths are used. Of a k-fold folder, the same fold's run");
  command->add_option("-o,--output", options->output, "run folder to create");
  command->add_option("--resume", options->resume,
                      "run or k-fold folder to continue, to the same bits; what is finished is not trained again");
  add_training_options(*command, kTrain, options->given);
  add_force(*command, common);
  command->callback([=] {
    if (!options->resume.empty()) {
      refuse_other_options(*command);
      return resume_run(*options, *common);
    }
    if (options->data->data.empty()) throw UsageError("train needs DATA, or --resume RUN");
    start_run(*options, *common);
  });
}

}  // namespace stapes::cli
