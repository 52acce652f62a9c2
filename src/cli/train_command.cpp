#include <charconv>
#include <optional>
#include <set>

#include "base/error.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/train_options.h"
#include "cli/training_output.h"
#include "network/weights_file.h"
#include "train/check_training.h"

namespace stapes::cli {
namespace {

struct TrainOptions {
  std::shared_ptr<DataOptions> data = std::make_shared<DataOptions>();
  std::shared_ptr<RecipeOptions> recipe = std::make_shared<RecipeOptions>();
  std::string model = "micro-acdnet", rule = "default", sign_gradient = "clip", init;
  std::string eight_bit;
  bool unscaled = false, rprelu = false, shortcuts = false;
  int window_samples = 0;
  bool binary = false;
  std::filesystem::path output, resume;
};

// 1.51 s at the published rates of 20 and 44.1 kHz (arXiv:2103.03483); 1 s at others.
int default_window_samples(int sample_rate_hz) {
  if (sample_rate_hz == 20000) return 30225;
  if (sample_rate_hz == 44100) return 66650;
  return sample_rate_hz;
}

// "2,3,12"; "none".
std::vector<int> parse_layers(const std::string& list) {
  std::vector<int> layers;
  if (list == "none") return layers;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (true) {
    const auto [next, error] = std::from_chars(at, end, layers.emplace_back());
    if (error != std::errc() || (next != end && *next != ',')) {
      throw UsageError("--eight-bit {} is no list of layer numbers such as 2,3,12, and not none", list);
    }
    if (next == end) return layers;
    at = next + 1;
  }
}

// Where it is not said, the published rule has the published form and ours keeps the three small layers that cost most
// accuracy as bits (docs/binary-training.md).
BinaryForm binary_form(const TrainOptions& options, BinaryRule rule) {
  const std::string ours = rule == BinaryRule::kPaper ? "none" : "2,3,12";
  return {.eight_bit = parse_layers(options.eight_bit.empty() ? ours : options.eight_bit),
          .scaled = !options.unscaled,
          .rprelu = options.rprelu,
          .shortcuts = options.shortcuts};
}

TrainConfig make_config(const TrainOptions& options, const Common& common, const ChosenData& chosen,
                        const std::optional<TrainedNetwork>& start) {
  TrainConfig config;
  options.binary ? apply_binary_recipe(config) : apply_full_precision_recipe(config);
  config.spec.sample_rate_hz = chosen.data.sample_rate_hz();
  config.spec.window_samples = options.window_samples > 0 ? options.window_samples
                               : start                    ? start->spec.window_samples
                                                          : default_window_samples(config.spec.sample_rate_hz);
  config.spec.class_count = static_cast<int>(chosen.clips.labels.size());
  config.spec.widths = start ? start->spec.widths : acdnet_widths(options.model, config.spec.class_count);
  config.spec.binary = options.binary;
  config.rule = parse_binary_rule(options.rule);
  config.sign_gradient = parse_sign_gradient(options.sign_gradient);
  if (options.binary) config.spec.form = binary_form(options, config.rule);
  config.data = std::filesystem::absolute(options.data->data).string();
  config.data_hash = chosen.data.hash();
  config.classes = options.data->classes;
  config.fold = options.data->fold;
  if (!options.init.empty()) config.init = std::filesystem::absolute(options.init).string();
  config.seed = common.seed;
  apply(*options.recipe, config);
  if (start) config.init_provenance = start->provenance;
  if (!config.teacher.empty()) {
    config.teacher = std::filesystem::absolute(config.teacher).string();
    config.teacher_provenance = read_network(config.teacher).provenance;
  }
  const bool binary_options = config.activation_epochs > 0 || options.rule != "default" ||
                              options.sign_gradient != "clip" || !options.eight_bit.empty() || options.unscaled ||
                              options.rprelu || options.shortcuts;
  if (!config.spec.binary && binary_options) {
    throw UsageError(
        "--activation-epochs, --rule, --sign-gradient, --eight-bit, --unscaled, --rprelu and --shortcuts are for "
        "--binary training");
  }
  return config;
}

void start_run(const TrainOptions& options, const Common& common) {
  if (options.output.empty()) throw UsageError("train needs -o RUN, or --resume RUN");
  if (!common.force && std::filesystem::exists(options.output / "config.json")) {
    throw Error("{} exists; continue it with --resume {}, or pass --force to replace it", options.output.string(),
                options.output.string());
  }
  refuse_existing(options.output, common.existing());
  const ChosenData chosen(*options.data);
  std::optional<TrainedNetwork> start;
  if (!options.init.empty()) start = read_network(options.init);
  const TrainConfig config = make_config(options, common, chosen, start);
  const ClipSet training = chosen.training(), test = chosen.test();
  check_training(config, training, test, start);  // before anything is written
  refuse_own_parent(options.output, {config.init, config.teacher});
  if (config.spec.form.shortcuts && !common.json) {
    print_note("note: a network with --shortcuts can be trained and evaluated, but not packed\n");
  }
  const RunFolder run = RunFolder::create(options.output, config, common.existing());
  train_and_report(run, training, test, start, common);
}

void resume_run(const TrainOptions& options, const Common& common) {
  const RunFolder run = RunFolder::open(options.resume);
  const TrainConfig& config = run.config();
  const ChosenData chosen = data_of(run);
  std::optional<TrainedNetwork> start;
  const bool begun = std::filesystem::exists(run.checkpoint());
  if (!begun && !config.init.empty()) start = read_network(config.init);
  train_and_report(run, chosen.training(), chosen.test(), start, common);
}

// A run is continued as it was begun; an option that would change it is a misunderstanding.
void refuse_other_options(const CLI::App& command) {
  const std::set<std::string> allowed = {"--resume", "--quiet", "--verbose", "--json"};
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
      add_command(app, "train", "Trains a raw-audio classifier, full precision or binary (XNOR)",
                  "stapes train esc50.data --model micro-acdnet --classes esc10 --fold 4 -o runs/fp32", common);
  add_data_options(*command, options->data, "test fold; training uses the others");
  command->get_option("DATA")->required(false);
  command->add_option("--model", options->model, "acdnet, micro-acdnet, nano-acdnet or widths:7,20,... (12 numbers)")
      ->capture_default_str();
  command->add_flag("--binary", options->binary, "XNOR form: conv2 .. conv12 with binary weights and activations");
  command->add_option("--rule", options->rule, "binary training rule: default, or paper as published")
      ->capture_default_str();
  command->add_option("--sign-gradient", options->sign_gradient, "binary: derivative of sign, clip or approx (Bi-Real)")
      ->capture_default_str();
  command->add_option(
      "--eight-bit", options->eight_bit,
      "binary: convolutions that stay in 8 bits, e.g. 2,12, or none (default 2,3,12; rule paper: none)");
  command->add_flag("--unscaled", options->unscaled, "binary: no real-valued scale alpha per filter");
  command->add_flag("--rprelu", options->rprelu, "binary: RPReLU instead of ReLU where a sign follows (ReActNet)");
  command->add_flag("--shortcuts", options->shortcuts, "binary: identity shortcuts (Bi-Real); cannot be packed");
  command
      ->add_option("--samples", options->window_samples,
                   "window length (default 30225 at 20 kHz, 66650 at 44.1 kHz, else 1 s)")
      ->check(CLI::Range(1, kMaxWindowSamples));
  command->add_option("--init", options->init, "run to start from; its widths are used");
  command->add_option("-o,--output", options->output, "run folder to create");
  command->add_option("--resume", options->resume, "run folder to continue, to the same bits");
  add_recipe_options(*command, options->recipe);
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
