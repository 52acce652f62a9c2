// SPDX-License-Identifier: Apache-2.0
#include "study/search/mixed_precision.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "compress/budget.h"
#include "graph/binary_form.h"

namespace stapes {
namespace {

std::vector<std::string> possible_nodes(const Graph& graph) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const bool convolves = graph.nodes[i].op == NodeOp::kConv;
    if (convolves && not_binary_because(graph, static_cast<int>(i)).empty()) names.push_back(graph.nodes[i].name);
  }
  return names;
}

struct BinaryCost {
  std::int64_t flash_bytes = 0, instructions = 0;
};

BinaryCost cost_of(const NetworkSpec& binary, const CountInstructions& count) {
  return {binary_needs(untrained(binary)).flash_bytes, count(binary)};
}

// Assumes that divergences and savings are additive.
PrecisionChoice predicted(const NetworkSpec& spec, const std::vector<std::string>& bits,
                          const std::vector<JudgedNode>& nodes, const BinaryCost& in_8_bits) {
  PrecisionChoice choice{.bits = {},
                         .keep_8_bit = with_bits_in(spec, bits).form.keep_8_bit,
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
  return choice;
}

bool no_worse(const PrecisionChoice& a, const PrecisionChoice& b) {
  return a.divergence <= b.divergence && a.flash_bytes <= b.flash_bytes && a.instructions <= b.instructions;
}

}  // namespace

NetworkSpec with_bits_in(const NetworkSpec& spec, const std::vector<std::string>& nodes) {
  NetworkSpec binary = spec;
  binary.binary = true;
  binary.form.keep_8_bit.clear();
  for (const std::string& name : possible_nodes(spec.graph)) {
    if (std::ranges::find(nodes, name) == nodes.end()) binary.form.keep_8_bit.push_back(name);
  }
  return binary;
}

std::vector<std::string> nodes_to_judge(const NetworkSpec& spec) {
  std::vector<std::string> names = possible_nodes(spec.graph);
  std::erase_if(names, [&](const std::string& name) {
    try {
      const NetworkSpec alone = with_bits_in(spec, {name});
      check_form(alone);
      check_packable(alone);
      return false;
    } catch (const UsageError&) {
      return true;
    }
  });
  if (names.empty()) throw UsageError("no convolution of {} can be binary", spec.graph.name);
  return names;
}

std::vector<std::vector<std::string>> choices_to_measure(const std::vector<JudgedNode>& nodes) {
  double all_bytes = 0, all_instructions = 0;
  for (const JudgedNode& node : nodes) {
    all_bytes += std::max<double>(0, static_cast<double>(node.flash_bytes_saved));
    all_instructions += std::max<double>(0, static_cast<double>(node.instructions_saved));
  }
  constexpr int kWeightings = 9;
  std::set<std::vector<std::string>> choices = {{}};
  for (int i = 0; i < kWeightings; ++i) {
    const double share = static_cast<double>(i) / (kWeightings - 1);
    const auto saving = [&](const JudgedNode& node) {
      return share * static_cast<double>(node.flash_bytes_saved) / std::max(1.0, all_bytes) +
             (1 - share) * static_cast<double>(node.instructions_saved) / std::max(1.0, all_instructions);
    };
    std::vector<JudgedNode> ranked = nodes;
    std::erase_if(ranked, [&](const JudgedNode& node) { return saving(node) <= 0; });
    std::ranges::stable_sort(ranked, [&](const JudgedNode& a, const JudgedNode& b) {
      return a.divergence * saving(b) < b.divergence * saving(a);
    });
    std::vector<std::string> bits;
    for (const JudgedNode& node : ranked) {
      bits.push_back(node.name);
      std::vector<std::string> sorted = bits;
      std::ranges::sort(sorted);
      choices.insert(std::move(sorted));
    }
  }
  return {choices.begin(), choices.end()};
}

void keep_pareto_front(std::vector<PrecisionChoice>& choices) {
  std::vector<PrecisionChoice> front;
  for (const PrecisionChoice& choice : choices) {
    if (std::ranges::any_of(front, [&](const PrecisionChoice& kept) { return no_worse(kept, choice); })) continue;
    std::erase_if(front, [&](const PrecisionChoice& kept) { return no_worse(choice, kept); });
    front.push_back(choice);
  }
  std::ranges::stable_sort(front, {}, &PrecisionChoice::flash_bytes);
  choices = std::move(front);
}

std::vector<PrecisionChoice> spread(const std::vector<PrecisionChoice>& choices, std::size_t most) {
  if (choices.size() <= most) return choices;
  std::vector<PrecisionChoice> some;
  for (std::size_t i = 0; i < most; ++i) some.push_back(choices[i * (choices.size() - 1) / (most - 1)]);
  return some;
}

PrecisionReport search_precision(const NetworkSpec& spec, const std::vector<std::string>& nodes, std::size_t most,
                                 const NodeDivergence& divergence, const CountInstructions& count,
                                 const SearchObserver& observer) {
  PrecisionReport report;
  const BinaryCost in_8_bits = cost_of(with_bits_in(spec, {}), count);
  for (const std::string& node : nodes) {
    const NetworkSpec alone = with_bits_in(spec, {node});
    const double lost = divergence(alone, node);
    const BinaryCost cost = cost_of(alone, count);
    report.nodes.push_back(
        {node, lost, in_8_bits.flash_bytes - cost.flash_bytes, in_8_bits.instructions - cost.instructions});
  }
  std::vector<PrecisionChoice> choices;
  for (const std::vector<std::string>& bits : choices_to_measure(report.nodes)) {
    choices.push_back(predicted(spec, bits, report.nodes, in_8_bits));
  }
  keep_pareto_front(choices);
  report.front = spread(choices, most);
  for (std::size_t i = 0; i < report.front.size(); ++i) {
    observer("measuring", i, report.front.size());
    const BinaryCost cost = cost_of(with_bits_in(spec, report.front[i].bits), count);
    report.front[i].flash_bytes = cost.flash_bytes;
    report.front[i].instructions = cost.instructions;
  }
  keep_pareto_front(report.front);
  return report;
}

}  // namespace stapes
