// SPDX-License-Identifier: Apache-2.0
#include "cli/train/prune_command.h"

#include <memory>

#include "cli/add_options.h"
#include "runs/prune/prune_options.h"
#include "runs/train_options.h"

namespace stapes::cli {
namespace {

void add_parent_data_options(CLI::App& command, DataOptions& options) {
  const Heading heading(command, "Data");
  auto* data =
      command.add_option("--data", options.data,
                         "Data-set file, for imported weights; the defaults of train then replace the parent's "
                         "settings (default: the run's data set)");
  command.add_option("--classes", options.classes, "Classes of the network (default all)")->needs(data);
  command.add_option("--fold", options.fold, "Test fold (default 1)")->needs(data);
}

}  // namespace

void add_prune_command(CLI::App& app, const PruneFunction& prune) {
  const auto common = std::make_shared<Common>();
  const auto request = std::make_shared<PruneRequest>();
  CLI::App* command = add_common(app,
                                 "stapes prune runs/fp32 --method taylor --ratio 0.5 -o runs/pruned\n"
                                 "  stapes prune runs/fp32 --method magnitude --flash 64K --ram 16K -o runs/fits",
                                 common);
  command->add_option("RUN", request->parent, "Full-precision run folder, or a .network file in such a folder")
      ->required();
  {
    const Heading heading(*command, "Output");
    command->add_option("-o,--output", request->output, "Run folder to create")->required();
    add_force(*command, common);
  }
  add_options<PruneSettings>(*command, kPrune, {request, &request->pruning});
  add_parent_data_options(*command, request->data);
  add_options<TrainConfig>(*command, kPrune, {request, &request->training});
  command->callback([=] {
    request->seed = common->seed;
    prune(*request, *common);
  });
}

}  // namespace stapes::cli
