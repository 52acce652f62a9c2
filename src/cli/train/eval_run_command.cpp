// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/eval_command.h"
#include "cli/print_evaluation.h"
#include "compress/pack.h"
#include "evaluate/packed_evaluation.h"
#include "graph/weights_file.h"
#include "packed/writer.h"
#include "train/evaluate_module.h"
#include "train/network_io.h"

namespace stapes::cli {

void eval_run(const EvalOptions& options, const Common& common) {
  const TrainedNetwork network = read_network(options.model);
  const ChosenData chosen = choose_data(*options.data, common);
  const ClipSet test = chosen.test();
  warn_if_trained_on(network.provenance, chosen, options.model.string());
  // The packed form comes first: its check of sample rate and classes also covers the training form.
  const auto packed =
      std::make_shared<const HostModel>(packed_in_memory(pack_network(network), options.model.string()), options.isa);
  const auto judge = [&](Protocol protocol) { return evaluate_packed(packed, test, protocol, options.threads); };
  const NamedEvaluation packed_form{by_both_protocols(test, judge), "packed"};
  NetworkModule module(network.spec, ModuleOptions{.batch_norm_epsilon = network.batch_norm_epsilon});
  load_network(module, network);
  const auto judge_training = [&](Protocol protocol) { return evaluate_module(module, test, protocol); };
  const NamedEvaluation training_form{by_both_protocols(test, judge_training), "training"};
  const std::vector<NamedEvaluation> forms = {packed_form, training_form};
  print_evaluation(forms, chosen.clips, common.json);
}

}  // namespace stapes::cli
