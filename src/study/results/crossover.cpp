// SPDX-License-Identifier: Apache-2.0
#include "study/results/crossover.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "study/results/matched_clips.h"

namespace stapes {
namespace {

constexpr double kNoDifference = 1e-9;  // percentage points: rounding error of equal accuracies
constexpr std::size_t kFewestForInterval = 40;

// The judgements of one source or of a draw of sources, at one class count.
struct Total {
  int judgements = 0;
  int difference = 0;  // judgements correct in the first series minus those correct in the second

  void add(const Total& other) {
    judgements += other.judgements;
    difference += other.difference;
  }
};

using Totals = std::vector<Total>;  // one per class count

// The clips and folds finished by both series.
class CommonCurve {
 public:
  CommonCurve(const Series& first, const Series& second, Protocol protocol) {
    const auto cells = common_cells(first, second);
    keep_complete_folds(cells);
    std::map<int, std::map<std::string_view, Totals>> by_fold;  // sorted: draws do not depend on the order of clips
    std::size_t column = 0;
    for (const auto& [count, matched] : cells) {
      for (const auto& [mine, other] : matched) {
        if (std::ranges::find(folds, mine->id.fold) == folds.end()) continue;
        for (const MatchedClip& clip : match_clips(*mine, *other, protocol)) {
          Totals& source = by_fold[mine->id.fold][clip.source];
          source.resize(cells.size());
          source[column].add({1, clip.difference()});
        }
      }
      ++column;
    }
    for (auto& [fold, sources] : by_fold) {
      sources_.emplace_back();
      for (auto& [name, totals] : sources) sources_.back().push_back(std::move(totals));
    }
  }

  std::vector<double> class_counts;
  std::vector<int> folds;

  std::vector<double> differences() const {
    std::vector<Totals> totals;
    for (const auto& sources : sources_) {
      totals.emplace_back(class_counts.size());
      for (const Totals& source : sources) add(totals.back(), source);
    }
    return mean(totals);
  }

  std::vector<double> draw(Philox random) const {
    std::vector<Totals> totals;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const auto& sources = sources_[random.below(static_cast<std::uint32_t>(sources_.size()))];
      totals.emplace_back(class_counts.size());
      for (std::size_t j = 0; j < sources.size(); ++j) {
        add(totals.back(), sources[random.below(static_cast<std::uint32_t>(sources.size()))]);
      }
    }
    return mean(totals);
  }

 private:
  using CellsByCount = std::map<int, std::vector<MatchedCells>>;

  static CellsByCount common_cells(const Series& first, const Series& second) {
    CellsByCount cells;
    for (const SeriesPoint& mine : first.points) {
      for (const SeriesPoint& other : second.points) {
        if (mine.classes != other.classes) continue;
        const auto matched = match_cells(mine, other);
        if (matched.empty()) continue;
        auto& all = cells[mine.class_count];
        all.insert(all.end(), matched.begin(), matched.end());
      }
    }
    return cells;
  }

  void keep_complete_folds(const CellsByCount& cells) {
    std::map<int, std::size_t> counts_with;
    for (const auto& [count, matched] : cells) {
      class_counts.push_back(count);
      std::set<int> here;
      for (const auto& pair : matched) here.insert(pair.first->id.fold);
      for (const int fold : here) ++counts_with[fold];
    }
    for (const auto& [fold, counts] : counts_with) {
      if (counts == cells.size()) folds.push_back(fold);
    }
    if (folds.empty()) class_counts.clear();
  }

  static void add(Totals& sum, const Totals& source) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i].add(source[i]);
  }

  // Mean over folds at each class count. Skips drawn folds without a clip of these classes. 0 if all are skipped.
  std::vector<double> mean(const std::vector<Totals>& drawn_folds) const {
    std::vector<double> means;
    for (std::size_t i = 0; i < class_counts.size(); ++i) {
      double sum = 0;
      int present = 0;
      for (const Totals& fold : drawn_folds) {
        if (fold[i].judgements == 0) continue;
        sum += 100.0 * fold[i].difference / fold[i].judgements;
        ++present;
      }
      means.push_back(present > 0 ? sum / present : 0);
    }
    return means;
  }

  std::vector<std::vector<Totals>> sources_;  // per fold
};

void put_draws(Crossover& result, const CommonCurve& curve, const BootstrapOptions& options) {
  std::vector<double> positions;
  for (int draw = 0; draw < options.draws; ++draw) {
    const auto change = last_sign_change(curve.class_counts, curve.draw(bootstrap_stream(options, draw)));
    if (change.x && (!result.change.x || change.ahead == result.change.ahead)) positions.push_back(*change.x);
  }
  result.draws = options.draws;
  result.share = static_cast<double>(positions.size()) / options.draws;
  if (positions.size() >= kFewestForInterval) result.interval_95 = percentile_interval(std::move(positions));
}

}  // namespace

SignChange last_sign_change(std::span<const double> x, std::span<const double> differences) {
  SignChange change;
  for (std::size_t i = 0; i < differences.size(); ++i) {
    const double after = differences[i];
    if (std::abs(after) < kNoDifference) continue;
    const Ahead ahead = after > 0 ? Ahead::kFirst : Ahead::kSecond;
    if (change.ahead != Ahead::kNeither && ahead != change.ahead) {
      ++change.count;
      const double before = std::abs(differences[i - 1]) < kNoDifference ? 0 : differences[i - 1];
      change.x = x[i - 1] + (x[i] - x[i - 1]) * before / (before - after);
    }
    change.ahead = ahead;
  }
  return change;
}

Crossover find_crossover(const Series& first, const Series& second, Protocol protocol,
                         const BootstrapOptions& options) {
  const CommonCurve curve(first, second, protocol);
  Crossover result;
  result.class_counts = curve.class_counts;
  result.folds = curve.folds;
  result.differences = curve.differences();
  result.change = last_sign_change(result.class_counts, result.differences);
  if (result.class_counts.size() > 1) put_draws(result, curve, options);
  return result;
}

std::string describe(const Crossover& crossover, const std::string& first, const std::string& second) {
  const auto& counts = crossover.class_counts;
  if (counts.empty())
    return fmt::format("there is no fold that {} and {} both finished at every class count", first, second);
  const SignChange& change = crossover.change;
  const std::string& ahead = change.ahead == Ahead::kFirst ? first : second;
  const std::string& behind = change.ahead == Ahead::kFirst ? second : first;
  const double last = std::abs(crossover.differences.back());
  if (counts.size() == 1) {
    if (change.ahead == Ahead::kNeither)
      return fmt::format("{} and {} are equal at {} classes", first, second, counts[0]);
    return fmt::format("{} leads by {:.1f} points at {} classes; a crossover needs at least two class counts", ahead,
                       last, counts[0]);
  }
  const std::string of_draws = fmt::format("{:.0f} % of {} bootstrap draws", 100 * crossover.share, crossover.draws);
  if (!change.x) {
    const std::string lead = change.ahead == Ahead::kNeither
                                 ? fmt::format("{} and {} are equal throughout", first, second)
                                 : fmt::format("{} leads throughout", ahead);
    return fmt::format("none up to {} classes: {} ({} have a crossover)", counts.back(), lead, of_draws);
  }
  std::string text = fmt::format("{} overtakes {} at {:.1f} classes ({} agree", ahead, behind, *change.x, of_draws);
  if (const auto& interval = crossover.interval_95) {
    text += fmt::format("; 95 % of their crossovers lie between {:.1f} and {:.1f}", interval->low, interval->high);
  }
  if (change.count > 1) text += fmt::format("; the lead changes {} times in all", change.count);
  return text + ")";
}

nlohmann::json to_json(const Crossover& crossover) {
  const SignChange& change = crossover.change;
  nlohmann::json json = {{"class_counts", crossover.class_counts},
                         {"folds", crossover.folds},
                         {"differences", crossover.differences},
                         {"position", nullptr},
                         {"ahead", nullptr},
                         {"lead_changes", change.count},
                         {"draws", crossover.draws},
                         {"share", crossover.share},
                         {"interval_95", nullptr}};
  if (change.x) json["position"] = *change.x;
  if (change.ahead != Ahead::kNeither) json["ahead"] = change.ahead == Ahead::kFirst ? "first" : "second";
  if (crossover.interval_95) json["interval_95"] = {crossover.interval_95->low, crossover.interval_95->high};
  return json;
}

}  // namespace stapes
