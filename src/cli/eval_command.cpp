// SPDX-License-Identifier: Apache-2.0
#include "cli/eval_command.h"

#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/isa_option.h"
#include "cli/print_evaluation.h"
#include "evaluate/packed_evaluation.h"
#include "runs/run_folder.h"
#include "runtime/host_model.h"

namespace stapes::cli {
namespace {

constexpr const char* kModel = "RUN|MODEL";

// A run folder or a network in it.
bool is_run(const std::filesystem::path& path) { return path.extension() == ".network" || RunFolder::is_one(path); }

void eval_model(const EvalOptions& options, const Common& common) {
  const auto model = std::make_shared<const HostModel>(options.model, options.isa);
  const ChosenData chosen = choose_data(*options.data, common);
  const ClipSet test = chosen.test();
  if (const auto* provenance = model->file().model().provenance()) {
    warn_if_trained_on(provenance->str(), chosen, options.model.string());
  }
  const auto judge = [&](Protocol protocol) { return evaluate_packed(model, test, protocol, options.threads); };
  const std::vector<NamedEvaluation> forms = {{by_both_protocols(test, judge), "packed"}};
  print_evaluation(forms, chosen.clips, common.json);
}

}  // namespace

bool eval_needs_libtorch(const CLI::App& parsed) { return is_run(parsed[kModel]->as<std::string>()); }

void add_eval_command(CLI::App& app, const RunEvaluator& eval_run) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<EvalOptions>();
  options->data = std::make_shared<DataOptions>();
  CLI::App* command = add_common(app, "stapes eval int8.stapes esc50.data --classes esc10 --fold 4", common);
  command
      ->add_option(kModel, options->model,
                   "Packed model, run folder, or weights.network, ema.network or best.network in a run folder")
      ->required();
  add_data_options(*command, options->data, "Fold to evaluate on");
  add_threads(*command, options->threads, "Clips to evaluate at once");
  add_isa(*command, options->isa);
  command->callback([=] { is_run(options->model) ? eval_run(*options, *common) : eval_model(*options, *common); });
}

}  // namespace stapes::cli
