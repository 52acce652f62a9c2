// SPDX-License-Identifier: Apache-2.0
// eval_run_command.cpp: eval of a run folder: the training form by libtorch, beside the packed form of the same
// weights.
#include "base/error.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/isa_option.h"
#include "cli/print_evaluation.h"
#include "compress/pack.h"
#include "evaluate/packed_evaluation.h"
#include "graph/weights_file.h"
#include "packed/writer.h"
#include "train/evaluate_module.h"
#include "train/network_io.h"

namespace stapes::cli {
namespace {

struct EvalRunOptions {
  std::filesystem::path run;
  std::shared_ptr<DataOptions> data = std::make_shared<DataOptions>();
  int threads = 0;
  std::optional<Isa> isa;
};

void eval_run(const EvalRunOptions& options, const Common& common) {
  const TrainedNetwork network = read_network(options.run);
  const ChosenData chosen(*options.data, common);
  const ClipSet test = chosen.test();
  warn_if_trained_on(network.provenance, chosen, options.run.string());
  // Packed first: its check of rate and classes holds for the training form too.
  const auto packed =
      std::make_shared<const HostModel>(packed_in_memory(pack_network(network), options.run.string()), options.isa);
  const auto judge = [&](Protocol protocol) { return evaluate_packed(packed, test, protocol, options.threads); };
  const NamedEvaluation packed_form{by_both_protocols(test, judge), "packed"};
  NetworkModule module(network.spec, ModuleOptions{.batch_norm_epsilon = network.batch_norm_epsilon});
  load_network(module, network);
  const auto judge_training = [&](Protocol protocol) { return evaluate_module(module, test, protocol); };
  const NamedEvaluation training_form{by_both_protocols(test, judge_training), "training"};
  const std::vector<NamedEvaluation> forms = {packed_form, training_form};
  print_evaluation(forms, chosen.clips, common.json);
}

}  // namespace

void add_eval_run_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<EvalRunOptions>();
  CLI::App* command = add_command(app, "eval", "Measures the accuracy of a run: its training form and its packed form",
                                  "stapes eval runs/xnor esc50.data --classes esc10 --fold 4", common);
  command->add_option("RUN", options->run, "run folder, or its weights.network, ema.network or best.network")
      ->required();
  add_data_options(*command, options->data, "fold to evaluate on");
  add_threads(*command, options->threads, "clips judged at once, packed form");
  add_isa(*command, options->isa);
  command->callback([=] { eval_run(*options, *common); });
}

}  // namespace stapes::cli
