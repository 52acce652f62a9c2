// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/progress.h"
#include "cli/train/sensitivity_command.h"
#include "runs/chosen_data.h"
#include "study/search/mixed_precision.h"
#include "train/node_sensitivity.h"

namespace stapes::cli {
namespace {
namespace fs = std::filesystem;

PrecisionReport search_with_progress(const SensitivityOptions& options, const SensitivityRequest& request,
                                     const std::vector<std::string>& names, const Common& common) {
  StageProgress progress(!common.quiet && !common.json);
  const auto divergence = [&](const NetworkSpec& alone, const std::string& node) {
    const auto epochs = static_cast<std::size_t>(options.epochs);
    return divergence_with_bits(request, alone, options.output / node, [&](const EpochReport& report) {
      const int done = report.batch < report.batches ? report.epoch - 1 : report.epoch;
      progress.update(node, static_cast<std::size_t>(done), epochs);
    });
  };
  return search_precision(
      request.parent.config().spec, names, static_cast<std::size_t>(options.candidates), divergence,
      count_on_emulated_core(options.target),
      [&](const std::string& step, std::size_t done, std::size_t total) { progress.update(step, done, total); });
}

nlohmann::json to_json(const PrecisionReport& report) {
  nlohmann::json json = {{"nodes", nlohmann::json::array()}, {"choices", nlohmann::json::array()}};
  for (const JudgedNode& node : report.nodes) {
    json["nodes"].push_back({{"name", node.name},
                             {"divergence", node.divergence},
                             {"flash_bytes_saved", node.flash_bytes_saved},
                             {"instructions_saved", node.instructions_saved}});
  }
  for (const PrecisionChoice& choice : report.front) {
    json["choices"].push_back({{"bits", choice.bits},
                               {"keep_8_bit", choice.keep_8_bit},
                               {"divergence", choice.divergence},
                               {"flash_bytes", choice.flash_bytes},
                               {"instructions", choice.instructions}});
  }
  return json;
}

std::string listed(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ","));
}

void print_tables(const PrecisionReport& report) {
  print_out("{:<12} {:>11} {:>11} {:>15}\n", "binary node", "divergence", "bytes saved", "M instr. saved");
  for (const JudgedNode& node : report.nodes) {
    print_out("{:<12} {:>11.4f} {:>11} {:>15}\n", node.name, node.divergence, node.flash_bytes_saved,
              millions(node.instructions_saved));
  }
  print_out("\n{:>10} {:>15} {:>11}  {}\n", "file bytes", "M instructions", "divergence", "--keep-8-bit");
  for (const PrecisionChoice& choice : report.front) {
    print_out("{:>10} {:>15} {:>11.4f}  {}\n", choice.flash_bytes, millions(choice.instructions), choice.divergence,
              listed(choice.keep_8_bit));
  }
}

void note_what_is_left_out(const NetworkSpec& spec, const std::vector<std::string>& judged, const Common& common) {
  if (common.quiet || common.json) return;
  for (const std::string& name : with_bits_in(spec, {}).form.keep_8_bit) {
    if (std::ranges::find(judged, name) != judged.end()) continue;
    print_note(fmt::format("note: {} stays in 8 bits: it cannot be binary while all others have 8 bits\n", name));
  }
}

}  // namespace

void run_sensitivity(const SensitivityOptions& options, const Common& common) {
  const RunFolder parent = RunFolder::open(fs::absolute(options.run));
  const NetworkSpec& spec = parent.config().spec;
  if (spec.binary) throw UsageError("{} is a binary run; use a full-precision run", options.run.string());
  const std::vector<std::string> names = nodes_to_judge(spec);
  fs::create_directories(options.output);
  note_what_is_left_out(spec, names, common);
  const ChosenData chosen = data_of(parent);
  const SensitivityRequest request{.parent = parent,
                                   .training = chosen.training(),
                                   .test = chosen.test(),
                                   .epochs = options.epochs,
                                   .threads = options.threads,
                                   .existing = common.existing()};
  const PrecisionReport report = search_with_progress(options, request, names, common);
  if (common.json) return print_json(to_json(report));
  print_tables(report);
}

}  // namespace stapes::cli
