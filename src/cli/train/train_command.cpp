// SPDX-License-Identifier: Apache-2.0
#include "cli/train/train_command.h"

#include <fmt/format.h>

#include <memory>
#include <set>

#include "base/error.h"
#include "cli/add_options.h"
#include "cli/data_options.h"
#include "graph/networks.h"
#include "runs/train_options.h"

namespace stapes::cli {
namespace {

// A resumed run keeps its settings.
void refuse_other_options(const CLI::App& command) {
  const std::set<std::string> allowed = {"--resume", "--device", "--quiet", "--verbose", "--json"};
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() == 0 || allowed.contains(option->get_name())) continue;
    throw UsageError("--resume continues a run with the settings in its config.json; leave out {}", option->get_name());
  }
}

void add_fold_options(CLI::App& command, TrainOptions& options) {
  CLI::Option* folds = command.add_option(
      "--folds", options.folds,
      "Test folds of a k-fold cross-validation: all, or a list such as 1,3; one run per fold in RUN/fold-K");
  folds->excludes(command.get_option("--fold"));
  command.add_flag("--prepare", options.prepare, "Only create the run folders of --folds, to train them one by one")
      ->needs(folds);
}

void add_network_options(CLI::App& command, TrainRequest& request) {
  const Heading heading(command, "Network");
  command
      .add_option("--model", request.model,
                  fmt::format("Network: {} (default micro-acdnet; resnet18 for images)", model_help()))
      ->type_name("NETWORK");
  command.add_flag(
      "--binary", request.binary,
      "Binary weights and activations (XNOR), except in the first convolution and the layers of --keep-8-bit");
  command
      .add_option(
          "--samples", request.window_samples,
          "Window length, in samples (default 30225 at 20 kHz, 66650 at 44.1 kHz, 51215 at 16 kHz with --recipe "
          "audioevent, else 1 s)")
      ->check(CLI::Range(1, kMaxWindowSamples));
  command
      .add_option(
          "--init", request.init,
          "Run or .network file to start from, which sets layers and widths; if it is a k-fold folder, the run of the "
          "same fold")
      ->type_name(kPathType);
}

}  // namespace

void add_train_command(CLI::App& app, const TrainFunction& train) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<TrainOptions>();
  TrainRequest& request = options->request;
  CLI::App* command =
      add_common(app, "stapes train esc50.data --model micro-acdnet --classes esc10 --fold 4 -o runs/fp32", common);
  {
    const Heading heading(*command, "Data");
    add_data_options(*command, {options, &options->request.data}, "Test fold; training uses the others");
    add_fold_options(*command, *options);
  }
  command->get_option("DATA")->required(false);
  add_network_options(*command, request);
  const Heading heading(*command, "Output");
  command->add_option("-o,--output", options->output, "Run folder to create");
  command->add_option("--resume", options->resume,
                      "Run or k-fold folder to continue, with the same results bit for bit as without interruption; "
                      "finished runs are not trained again");
  add_force(*command, common);
  add_options<TrainConfig>(*command, kTrain, {options, &request.given});
  command->callback([=] {
    if (!options->resume.empty()) {
      refuse_other_options(*command);
    } else if (options->request.data.data.empty()) {
      throw UsageError("train needs DATA, or --resume RUN");
    }
    options->request.seed = common->seed;
    train(*options, *common);
  });
}

}  // namespace stapes::cli
