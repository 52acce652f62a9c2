// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "graph/graph_toml.h"
#include "study/search/search.h"
#include "study/search/search_plan.h"

namespace stapes::cli {
namespace {
namespace fs = std::filesystem;

struct SearchOptions {
  fs::path space, plan, output;
  int candidates = 8;
};

nlohmann::json to_json(const NetworkSpace& space, const SearchReport& report) {
  nlohmann::json networks = nlohmann::json::array();
  for (std::size_t i = 0; i < report.found.size(); ++i) {
    const NetworkCandidate& candidate = report.found[i];
    nlohmann::json row = {{"name", candidate_name(space, i)},         {"graph", candidate.spec.graph.name},
                          {"widths", candidate.spec.graph.widths},    {"flash_bytes", candidate.needs.flash_bytes},
                          {"arena_bytes", candidate.needs.ram_bytes}, {"macs", candidate.needs.macs}};
    if (!space.target.empty()) row["instructions"] = candidate.instructions;
    networks.push_back(std::move(row));
  }
  return {{"combinations", report.combinations},
          {"fit_in_memory", report.fit_in_memory},
          {"counted", report.counted},
          {"networks", networks}};
}

void print_report(const NetworkSpace& space, const SearchReport& report) {
  constexpr auto kRow = "{:<16} {:>9} {:>9} {:>9} {:>15}  {}\n";
  print_out(kRow, "network", "file B", "arena B", "M MACs", "M instructions", "widths");
  for (std::size_t i = 0; i < report.found.size(); ++i) {
    const NetworkCandidate& candidate = report.found[i];
    print_out(kRow, candidate_name(space, i), candidate.needs.flash_bytes, candidate.needs.ram_bytes,
              millions(candidate.needs.macs), space.target.empty() ? "" : millions(candidate.instructions),
              fmt::join(candidate.spec.graph.widths, ","));
  }
  print_out("\n{} combinations, {} within the limits on memory and MACs", report.combinations, report.fit_in_memory);
  if (!space.target.empty()) print_out(", {} run on {}", report.counted, space.target);
  print_out("\n");
}

SearchReport search_with_progress(const NetworkSpace& space, int candidates, const Common& common) {
  StageProgress progress(!common.quiet && !common.json);
  return search_networks(
      space, candidates, space.target.empty() ? CountInstructions() : count_on_emulated_core(space.target),
      [&](const std::string& step, std::size_t done, std::size_t total) { progress.update(step, done, total); });
}

void search(const SearchOptions& options, const Common& common) {
  const NetworkSpace space = read_network_space(options.space);
  if (!options.plan.empty() && options.output.empty()) throw UsageError("--plan needs --output");
  if (!options.plan.empty()) check_base_plan(space, static_cast<std::size_t>(options.candidates), options.plan);
  if (!options.output.empty()) refuse_existing(options.output, common.existing());
  const SearchReport report = search_with_progress(space, options.candidates, common);
  if (!options.output.empty()) {
    write_candidates(space, report.found, options.plan, options.output, common.existing());
  }
  if (common.json) return print_json(to_json(space, report));
  print_report(space, report);
}

}  // namespace

void add_search_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<SearchOptions>();
  CLI::App* command = add_common(app, "stapes search space.toml --plan proxy.toml -o found", common);
  command
      ->add_option("SPACE", options->space,
                   "TOML file with networks, width choices and a budget (docs/reference/networks.md)")
      ->required();
  command->add_option("-o,--output", options->output, "Folder for one TOML file per network found");
  command->add_option(
      "--plan", options->plan,
      "Study plan without [networks]; it is copied to plan.toml in the output folder, with the networks found added");
  command->add_option("--candidates", options->candidates, "Maximum number of networks to find")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  add_force(*command, common);
  command->callback([=] { search(*options, *common); });
}

}  // namespace stapes::cli
