// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/isa_option.h"
#include "study/results/verdict.h"

namespace stapes::cli {
namespace {

struct VerdictOptions {
  std::vector<std::filesystem::path> models;
  DataOptions chosen;
  int threads = 0;
  std::optional<Isa> isa;
};

void verdict(const VerdictOptions& options, const Common& common) {
  const ChosenData chosen = choose_data(options.chosen, common);
  std::vector<VerdictRow> rows;
  for (const auto& model : options.models) {
    rows.push_back(judge(model, chosen.test(), chosen.lineage(), options.threads, options.isa));
  }
  if (!common.json) {
    print_out("{}", verdict_table(rows));
    return;
  }
  nlohmann::json json = {{"data_hash", chosen.data.hash()},
                         {"classes", options.chosen.classes},
                         {"fold", options.chosen.fold},
                         {"rows", nlohmann::json::array()}};
  for (const VerdictRow& row : rows) json["rows"].push_back(to_json(row));
  print_json(json);
}

}  // namespace

void add_verdict_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<VerdictOptions>();
  CLI::App* command =
      add_common(app, "stapes verdict fp32.stapes xnor.stapes int8.stapes --data words.data --fold 1", common);
  command->add_option("MODELS", options->models, "Packed models")->required();
  command->add_option("--data", options->chosen.data, "Data-set cache")->required();
  command->add_option("--classes", options->chosen.classes, "All, esc10 .. esc50, or names or numbers of classes")
      ->capture_default_str();
  command->add_option("--fold", options->chosen.fold, "Fold to evaluate on")->capture_default_str();
  add_threads(*command, options->threads, "Clips judged at once (latency is measured on one thread)");
  add_isa(*command, options->isa);
  command->callback([=] { verdict(*options, *common); });
}

}  // namespace stapes::cli
