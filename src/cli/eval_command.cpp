// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/isa_option.h"
#include "cli/print_evaluation.h"
#include "evaluate/packed_evaluation.h"
#include "runtime/host_model.h"

namespace stapes::cli {
namespace {

struct EvalOptions {
  std::filesystem::path model;
  std::shared_ptr<DataOptions> data = std::make_shared<DataOptions>();
  int threads = 0;
  std::optional<Isa> isa;
};

void eval(const EvalOptions& options, const Common& common) {
  const auto model = std::make_shared<const HostModel>(options.model, options.isa);
  const ChosenData chosen(*options.data, common);
  const ClipSet test = chosen.test();
  if (const auto* provenance = model->file().model().provenance()) {
    warn_if_trained_on(provenance->str(), chosen, options.model.string());
  }
  const auto judge = [&](Protocol protocol) { return evaluate_packed(model, test, protocol, options.threads); };
  const std::vector<NamedEvaluation> forms = {{by_both_protocols(test, judge), "packed"}};
  print_evaluation(forms, chosen.clips, common.json);
}

}  // namespace

void add_eval_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<EvalOptions>();
  CLI::App* command = add_command(app, "eval", "Measures the accuracy of a packed model, or of a run in both its forms",
                                  "stapes eval int8.stapes esc50.data --classes esc10 --fold 4", common);
  command
      ->add_option("RUN|MODEL", options->model, "packed model, or run folder or *.network of one (needs stapes-train)")
      ->required();
  add_data_options(*command, options->data, "fold to evaluate on");
  add_threads(*command, options->threads, "clips judged at once");
  add_isa(*command, options->isa);
  command->callback([=] { eval(*options, *common); });
}

}  // namespace stapes::cli
