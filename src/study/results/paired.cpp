// SPDX-License-Identifier: Apache-2.0
#include "study/results/paired.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "study/results/matched_clips.h"

namespace stapes {
namespace {

struct SourceTotal {
  int judgements = 0;
  int difference = 0;  // judgements correct in the first series minus those correct in the second
};

double percent(int part, int whole) { return 100.0 * part / whole; }

// One bootstrap draw of sources.size() sources, with replacement.
double draw_difference(const std::vector<SourceTotal>& sources, Philox random) {
  SourceTotal sum;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const SourceTotal& drawn = sources[random.below(static_cast<std::uint32_t>(sources.size()))];
    sum.judgements += drawn.judgements;
    sum.difference += drawn.difference;
  }
  return percent(sum.difference, sum.judgements);
}

void put_interval(PairedDifference& result, const std::vector<SourceTotal>& sources, const BootstrapOptions& options) {
  if (sources.size() < 2) return;
  std::vector<double> differences;
  for (int draw = 0; draw < options.draws; ++draw) {
    differences.push_back(draw_difference(sources, bootstrap_stream(options, draw)));
  }
  result.draws = options.draws;
  result.interval_95 = percentile_interval(std::move(differences));
}

}  // namespace

double mcnemar_exact(int only_first_right, int only_second_right) {
  const int n = only_first_right + only_second_right;
  double tail = 0;
  for (int k = 0; k <= std::min(only_first_right, only_second_right); ++k) {
    tail += std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) - n * std::log(2.0));
  }
  return std::min(1.0, 2 * tail);
}

std::optional<PairedDifference> paired_difference(const SeriesPoint& first, const SeriesPoint& second,
                                                  Protocol protocol, const BootstrapOptions& options) {
  PairedDifference result;
  std::map<std::string_view, SourceTotal> by_source;  // sorted: draws do not depend on the order of clips
  int first_right = 0, second_right = 0;
  for (const auto& [mine, other] : match_cells(first, second)) {
    ++result.cells;
    for (const MatchedClip& clip : match_clips(*mine, *other, protocol)) {
      SourceTotal& total = by_source[clip.source];
      ++total.judgements;
      total.difference += clip.difference();
      ++result.judgements;
      first_right += clip.first_right;
      second_right += clip.second_right;
      result.only_first_right += clip.difference() > 0;
      result.only_second_right += clip.difference() < 0;
    }
  }
  if (result.judgements == 0) return std::nullopt;
  std::vector<SourceTotal> sources;
  for (const auto& [name, total] : by_source) sources.push_back(total);
  result.sources = static_cast<int>(sources.size());
  result.first = percent(first_right, result.judgements);
  result.second = percent(second_right, result.judgements);
  result.difference = percent(first_right - second_right, result.judgements);
  result.mcnemar_p = mcnemar_exact(result.only_first_right, result.only_second_right);
  result.mcnemar_apt = result.sources == result.judgements;
  put_interval(result, sources, options);
  return result;
}

nlohmann::json to_json(const PairedDifference& paired) {
  nlohmann::json json = {{"first", paired.first},
                         {"second", paired.second},
                         {"difference", paired.difference},
                         {"interval_95", nullptr},
                         {"draws", paired.draws},
                         {"cells", paired.cells},
                         {"judgements", paired.judgements},
                         {"sources", paired.sources},
                         {"mcnemar",
                          {{"only_first_right", paired.only_first_right},
                           {"only_second_right", paired.only_second_right},
                           {"p", paired.mcnemar_p},
                           {"apt", paired.mcnemar_apt}}}};
  if (paired.interval_95) json["interval_95"] = {paired.interval_95->low, paired.interval_95->high};
  return json;
}

}  // namespace stapes
