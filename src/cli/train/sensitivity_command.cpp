// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/train/training_output.h"
#include "compress/budget.h"
#include "graph/binary_form.h"
#include "runs/chosen_data.h"
#include "study/search/mixed_precision.h"
#include "train/node_sensitivity.h"

namespace stapes::cli {
namespace {
namespace fs = std::filesystem;

struct SensitivityOptions {
  fs::path run, output;
  std::string target = "cortex-m4";
  int epochs = 5, threads = 0, candidates = 12;
};

struct Cost {
  std::int64_t flash_bytes = 0, instructions = 0;
};

Cost cost_of(const NetworkSpec& spec, const std::string& target) {
  return {binary_needs(untrained(spec)).flash_bytes, count_on_emulated_core(target)(spec)};
}

std::vector<JudgedNode> judge(const SensitivityOptions& options, const SensitivityRequest& request,
                              const std::vector<std::string>& names, const Cost& in_8_bits, const Common& common) {
  const NetworkSpec& spec = request.parent.config().spec;
  std::vector<JudgedNode> nodes;
  for (const std::string& name : names) {
    Progress progress(name, static_cast<std::size_t>(options.epochs), !common.quiet && !common.json);
    const NetworkSpec alone = with_bits_in(spec, {name});
    const auto observe = [&](const EpochReport& report) {
      progress.update(static_cast<std::size_t>(report.batch < report.batches ? report.epoch - 1 : report.epoch));
    };
    const double divergence = divergence_with_bits(request, alone, options.output / name, observe);
    const Cost cost = cost_of(alone, options.target);
    nodes.push_back(
        {name, divergence, in_8_bits.flash_bytes - cost.flash_bytes, in_8_bits.instructions - cost.instructions});
  }
  return nodes;
}

// Every choice packed and run, at most `most` of them: those of the front by the sums of what their nodes save.
std::vector<PrecisionChoice> measured_front(const NetworkSpec& spec, const std::vector<JudgedNode>& nodes,
                                            const Cost& in_8_bits, int most, const std::string& target,
                                            const Common& common) {
  std::vector<PrecisionChoice> choices;
  for (const std::vector<std::string>& bits : choices_to_measure(nodes)) {
    const NetworkSpec mixed = with_bits_in(spec, bits);
    PrecisionChoice choice{.bits = {},
                           .keep_8_bit = mixed.form.keep_8_bit,
                           .divergence = 0,
                           .flash_bytes = in_8_bits.flash_bytes,
                           .instructions = in_8_bits.instructions};
    for (const JudgedNode& node : nodes) {
      if (std::ranges::find(bits, node.name) == bits.end()) continue;
      choice.bits.push_back(node.name);
      choice.divergence += node.divergence;
      choice.flash_bytes -= node.flash_bytes_saved;
      choice.instructions -= node.instructions_saved;
    }
    choices.push_back(std::move(choice));
  }
  keep_pareto_front(choices);
  choices = spread(choices, static_cast<std::size_t>(most));
  Progress progress("measuring", choices.size(), !common.quiet && !common.json);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    progress.update(i);
    const Cost cost = cost_of(with_bits_in(spec, choices[i].bits), target);
    choices[i].flash_bytes = cost.flash_bytes;
    choices[i].instructions = cost.instructions;
  }
  keep_pareto_front(choices);
  return choices;
}

nlohmann::json to_json(const std::vector<JudgedNode>& nodes, const std::vector<PrecisionChoice>& front) {
  nlohmann::json json = {{"nodes", nlohmann::json::array()}, {"choices", nlohmann::json::array()}};
  for (const JudgedNode& node : nodes) {
    json["nodes"].push_back({{"name", node.name},
                             {"divergence", node.divergence},
                             {"flash_bytes_saved", node.flash_bytes_saved},
                             {"instructions_saved", node.instructions_saved}});
  }
  for (const PrecisionChoice& choice : front) {
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

void print_tables(const std::vector<JudgedNode>& nodes, const std::vector<PrecisionChoice>& front) {
  const auto millions = [](std::int64_t count) { return fmt::format("{:.2f}", static_cast<double>(count) * 1e-6); };
  print_out("{:<12} {:>11} {:>9} {:>15}\n", "node in bits", "divergence", "B saved", "M instr. saved");
  for (const JudgedNode& node : nodes) {
    print_out("{:<12} {:>11.4f} {:>9} {:>15}\n", node.name, node.divergence, node.flash_bytes_saved,
              millions(node.instructions_saved));
  }
  print_out("\n{:>9} {:>15} {:>11}  {}\n", "file B", "M instructions", "divergence", "--keep-8-bit");
  for (const PrecisionChoice& choice : front) {
    print_out("{:>9} {:>15} {:>11.4f}  {}\n", choice.flash_bytes, millions(choice.instructions), choice.divergence,
              listed(choice.keep_8_bit));
  }
}

void note_what_is_left_out(const NetworkSpec& spec, const std::vector<std::string>& judged, const Common& common) {
  if (common.quiet || common.json) return;
  for (const std::string& name : with_bits_in(spec, {}).form.keep_8_bit) {
    if (std::ranges::find(judged, name) != judged.end()) continue;
    print_note(fmt::format("note: {} stays in 8 bits: it cannot have bits while all others have 8\n", name));
  }
}

void sensitivity(const SensitivityOptions& options, const Common& common) {
  const RunFolder parent = RunFolder::open(fs::absolute(options.run));
  const NetworkSpec& spec = parent.config().spec;
  if (spec.binary) throw UsageError("{} is a binary run; give the full-precision one", options.run.string());
  const std::vector<std::string> names = nodes_to_judge(spec);
  if (names.empty()) throw UsageError("no convolution of {} can have bits", options.run.string());
  fs::create_directories(options.output);
  note_what_is_left_out(spec, names, common);
  const ChosenData chosen = data_of(parent);
  const SensitivityRequest request{.parent = parent,
                                   .training = chosen.training(),
                                   .test = chosen.test(),
                                   .epochs = options.epochs,
                                   .threads = options.threads,
                                   .existing = common.existing()};
  const Cost in_8_bits = cost_of(with_bits_in(spec, {}), options.target);
  const std::vector<JudgedNode> nodes = judge(options, request, names, in_8_bits, common);
  const std::vector<PrecisionChoice> front =
      measured_front(spec, nodes, in_8_bits, options.candidates, options.target, common);
  if (common.json) return print_json(to_json(nodes, front));
  print_tables(nodes, front);
}

}  // namespace

void add_sensitivity_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<SensitivityOptions>();
  CLI::App* command = add_common(app, "stapes sensitivity runs/fp32 --target cortex-m4 -o runs/sensitivity", common);
  command->add_option("RUN", options->run, "full-precision run: the start and the teacher of all that is tried")
      ->required();
  command->add_option("-o,--output", options->output, "folder with one run per convolution; goes on where it stopped")
      ->required();
  command->add_option("--epochs", options->epochs, "epochs of each")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  command->add_option("--target", options->target, "emulated core that counts instructions")->capture_default_str();
  command->add_option("--candidates", options->candidates, "most choices to measure")
      ->capture_default_str()
      ->check(CLI::Range(2, 1000));
  add_threads(*command, options->threads, "threads of libtorch");
  add_force(*command, common);
  command->callback([=] { sensitivity(*options, *common); });
}

}  // namespace stapes::cli
