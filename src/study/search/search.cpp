// SPDX-License-Identifier: Apache-2.0
#include "study/search/search.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/parallel.h"
#include "compress/pack.h"
#include "compress/quantize.h"
#include "emulate/measure_model.h"
#include "graph/geometry.h"
#include "graph/random_network.h"
#include "packed/writer.h"

namespace stapes {
namespace {

constexpr std::int64_t kMaxCombinations = 100'000;

// Choices for each width; empty if it is fixed or copies another.
std::vector<std::vector<int>> choices_of(const NetworkSpace& space, const Graph& graph) {
  std::vector<std::vector<int>> choices;
  for (const std::string& name : graph.width_names) {
    const auto chosen = space.widths.find(name);
    choices.push_back(chosen == space.widths.end() ? std::vector<int>{} : chosen->second);
  }
  return choices;
}

std::int64_t combinations_of(const std::vector<std::vector<int>>& choices) {
  std::int64_t count = 1;
  for (const std::vector<int>& of_one : choices) {
    count *= std::max<std::int64_t>(1, static_cast<std::int64_t>(of_one.size()));
    if (count > kMaxCombinations) return count;
  }
  return count;
}

NetworkSpec combination(const NetworkSpec& spec, const std::vector<std::vector<int>>& choices, std::int64_t index) {
  NetworkSpec result = spec;
  std::vector<int>& widths = result.graph.widths;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const int like = result.graph.width_like[i];
    if (!choices[i].empty()) {
      const auto count = static_cast<std::int64_t>(choices[i].size());
      widths[i] = choices[i][static_cast<std::size_t>(index % count)];
      index /= count;
    } else if (like != kNoWidth) {
      widths[i] = widths[static_cast<std::size_t>(like)];
    }
  }
  return result;
}

std::vector<NetworkCandidate> all_combinations(const NetworkSpace& space) {
  std::int64_t count = 0;
  for (const NetworkSpec& spec : space.networks) count += combinations_of(choices_of(space, spec.graph));
  if (count > kMaxCombinations) {
    throw UsageError("{}: more than {} combinations of widths; list fewer widths", space.name, kMaxCombinations);
  }
  std::vector<NetworkCandidate> all;
  for (const NetworkSpec& spec : space.networks) {
    const std::vector<std::vector<int>> choices = choices_of(space, spec.graph);
    for (std::int64_t i = 0; i < combinations_of(choices); ++i) all.push_back({combination(spec, choices, i), {}, 0});
  }
  return all;
}

// Keeps the candidates within the memory and MAC limits, largest file first.
void keep_what_fits(const NetworkSpace& space, std::vector<NetworkCandidate>& candidates,
                    const SearchObserver& observer) {
  constexpr std::size_t kAtOnce = 64;
  for (std::size_t begin = 0; begin < candidates.size(); begin += kAtOnce) {
    observer("packing", begin, candidates.size());
    parallel_for(std::min(kAtOnce, candidates.size() - begin), 0, [&](std::size_t i) {
      NetworkCandidate& candidate = candidates[begin + i];
      const TrainedNetwork network = untrained(candidate.spec);
      candidate.needs = candidate.spec.binary ? binary_needs(network) : int8_needs(network);
    });
  }
  std::erase_if(candidates, [&](const NetworkCandidate& candidate) { return !fits(candidate.needs, space.budget); });
  std::stable_sort(candidates.begin(), candidates.end(), [](const NetworkCandidate& a, const NetworkCandidate& b) {
    return a.needs.flash_bytes > b.needs.flash_bytes;
  });
}

bool no_wider(const Graph& a, const Graph& b) {
  return a.nodes == b.nodes && std::equal(a.widths.begin(), a.widths.end(), b.widths.begin(), std::less_equal<>());
}

}  // namespace

SearchReport search_networks(const NetworkSpace& space, int wanted, const CountInstructions& count,
                             const SearchObserver& observer) {
  std::vector<NetworkCandidate> candidates = all_combinations(space);
  SearchReport report{.found = {}, .combinations = static_cast<std::int64_t>(candidates.size())};
  keep_what_fits(space, candidates, observer);
  report.fit_in_memory = static_cast<std::int64_t>(candidates.size());
  for (NetworkCandidate& candidate : candidates) {
    if (static_cast<int>(report.found.size()) == wanted) break;
    const bool inside_another = std::ranges::any_of(
        report.found, [&](const NetworkCandidate& kept) { return no_wider(candidate.spec.graph, kept.spec.graph); });
    if (inside_another) continue;
    if (!space.target.empty()) {
      observer("counting instructions", report.found.size(), static_cast<std::size_t>(wanted));
      candidate.instructions = count(candidate.spec);
      ++report.counted;
      if (space.instructions > 0 && candidate.instructions > space.instructions) continue;
    }
    report.found.push_back(std::move(candidate));
  }
  if (report.found.empty()) {
    throw UsageError(
        "{}: none of the {} combinations is within the budget ({} within the memory and MAC limits); raise the "
        "budget or list smaller widths",
        space.name, report.combinations, report.fit_in_memory);
  }
  return report;
}

CountInstructions count_on_emulated_core(const std::string& target) {
  return [target](const NetworkSpec& spec) {
    constexpr std::uint64_t kSeed = 1;
    packed::fb::ModelT model = pack_network(random_network(spec, kSeed));
    if (!spec.binary) {
      const std::vector<std::int16_t> window(static_cast<std::size_t>(input_values(spec.input)), 8192);
      model = quantize_post_training(model, [&](const auto& use) { use(window); },
                                     {.keep_fp32 = usual_keep_fp32(spec.graph)});
    }
    const auto file = packed_in_memory(model, "the network " + spec.graph.name);
    MeasureRequest request;
    request.target = target;
    return measure_as_asked(*file, request).cost.run.instructions;
  };
}

}  // namespace stapes
