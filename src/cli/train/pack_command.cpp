// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "compress/pack.h"
#include "graph/weights_file.h"
#include "packed/writer.h"

namespace stapes::cli {
namespace {

struct PackOptions {
  std::filesystem::path run, output;
};

void pack(const PackOptions& options, const Common& common) {
  refuse_existing(options.output, common.existing());
  refuse_own_input(options.output, {options.run});
  const auto model = pack_network(read_network(options.run));
  write_model(options.output, model, common.existing());
  const auto bytes = std::filesystem::file_size(options.output);
  if (common.json) {
    print_json(nlohmann::json{{"file", options.output.string()}, {"route", model.route}, {"file_bytes", bytes}});
  } else if (!common.quiet) {
    print_out("{}: form {}, {} bytes\n", options.output.string(), model.route, bytes);
  }
}

}  // namespace

void add_pack_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<PackOptions>();
  CLI::App* command = add_common(app, "stapes pack runs/xnor -o xnor.stapes", common);
  command
      ->add_option("RUN", options->run,
                   "Run folder (last epoch), or weights.network, ema.network or best.network in a run folder")
      ->required();
  command->add_option("-o,--output", options->output, "Packed model to write")->required();
  add_force(*command, common);
  command->callback([=] { pack(*options, *common); });
}

}  // namespace stapes::cli
